"""Plans that are nearly right."""

from __future__ import annotations

from hypothesis import strategies as st

from tests import slow_replay


def mutated(draw, data, walk):
    """Draw a plan that is nearly the walk."""
    actions = [dict(action) for action in walk]
    hosts = [entry["name"] for entry in data["hosts"]] + ["h99"]
    vms = [entry["name"] for entry in data["vms"]] + ["v99"]
    for _ in range(draw(st.integers(1, 3))):
        if not actions:
            actions.append({"action": "migrate", "vm": vms[0], "from": hosts[0], "to": hosts[1]})
        one = draw(st.integers(0, len(actions) - 1))
        two = draw(st.integers(0, len(actions) - 1))
        match draw(st.integers(0, 6)):
            case 0:
                actions[one], actions[two] = actions[two], actions[one]
            case 1:
                del actions[one]
            case 2:
                key = draw(st.sampled_from([key for key in ("host", "from", "to") if key in actions[one]]))
                actions[one][key] = draw(st.sampled_from(hosts))
            case 3:
                actions.insert(two, dict(actions[one]))
            case 4:
                actions[one]["vm"] = draw(st.sampled_from(vms))
            case 5:
                kind = draw(st.sampled_from(("shutdown", "stop", "start", "provision")))
                place = actions[one].get("host", actions[one].get("from"))
                actions[one] = {"action": kind, "vm": actions[one]["vm"], "host": place}
            case 6:
                source, to = draw(st.sampled_from(hosts)), draw(st.sampled_from(hosts))
                where, _ = slow_replay.carried_out(data, actions[:one])
                name = draw(st.sampled_from(vms))
                actions.insert(
                    one, {"action": "migrate", "vm": name, "from": where.get(name, source), "to": to}
                )
    return actions
