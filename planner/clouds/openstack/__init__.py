"""OpenStack: nova and placement, read and asked for live migrations through openstacksdk."""

from planner.clouds.openstack.adapter import OpenStack, connect
from planner.clouds.openstack.reading import read

__all__ = ["OpenStack", "connect", "read"]
