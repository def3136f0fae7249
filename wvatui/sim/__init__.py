"""A simulated cluster that speaks the real protocols over HTTP on loopback.

    cluster.py    puts a cluster together: objects, engines, gateway, traffic, controllers
    scenario.py   what a scenario consists of; scenarios/ has the table of them
    store.py      the API server's objects: resourceVersions, watchers
    clockwork.py  simulated time and its drivers; faults.py: faults of requests and of the cluster
    api/          the Kubernetes API over HTTP: list, watch, log, pod proxy, access reviews
    objects/      the objects a cluster starts with, and the kubeconfig that reaches it
    controllers/  HPA, KEDA, jobs, garbage collection, Tekton, the WVA of each release
    kubelet/      Deployments to pods that are scheduled, pull, load and serve; pods that end
    run/          what runs in pods that end: processes and a shell;  loadgen/: load generators
    pods/         what listens inside pods: pages of engines and of the endpoint picker, logs

The engines, their gateway and the traffic are `wvatui.engine`. Everything below api/ is synchronous
and deterministic: seeded, and driven only by the Timeline.
"""
