"""ResourceQuotas: pods that the API server refuses to make, in its own words."""

from wvatui.core.kube_object import Object
from wvatui.sim.kubelet.scheduler import gpus_of
from wvatui.sim.store import Store

GPUS = "requests.nvidia.com/gpu"


def refusal(store: Store, namespace: str, template: Object) -> str:
    """Why one more pod of `template` would be refused; empty: it would not be.

    Counted are `pods` and `requests.nvidia.com/gpu`. Source: Kubernetes
    staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go.
    """
    for quota in store.list("ResourceQuota", namespace):
        hard = quota["spec"].get("hard") or {}
        alive = [
            pod
            for pod in store.list("Pod", namespace)
            if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        ]
        used = {GPUS: sum(map(gpus_of, alive)), "pods": len(alive)}
        asked = {GPUS: gpus_of(template), "pods": 1}
        over = [
            name
            for name in sorted(asked)
            if name in hard and asked[name] and used[name] + asked[name] > int(hard[name])
        ]
        if over:
            told = [",".join(f"{n}={of[n]}" for n in over) for of in (asked, used, hard)]
            return (
                f"exceeded quota: {quota['metadata']['name']}, requested: {told[0]},"
                f" used: {told[1]}, limited: {told[2]}"
            )
    return ""


def quota(name: str, namespace: str, **hard: str) -> Object:
    """A ResourceQuota; `gpus` and `pods` are its limits."""
    names = {"gpus": GPUS}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"hard": {names.get(key, key): value for key, value in hard.items()}},
        "status": {},
    }
