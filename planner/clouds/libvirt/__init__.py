"""libvirt: hosts that each answer at a URI of their own, and no manager above them."""

from planner.clouds.libvirt.adapter import Libvirt, connect
from planner.clouds.libvirt.reading import read

__all__ = ["Libvirt", "connect", "read"]
