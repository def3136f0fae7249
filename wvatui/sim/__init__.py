"""A simulated cluster that speaks the real protocols over HTTP on loopback.

    timeline.py   simulated time: appointments, run in order
    store.py      the API server's objects: resourceVersions, watchers
    logbook.py    container logs with the kubelet's timestamps
    server.py     the Kubernetes API over HTTP: list, watch, log, pod proxy, access reviews
    cluster.py    puts a cluster together: objects, engines, gateway, traffic, controllers
    kubelet.py    deployments -> replica sets -> pods that are scheduled, pull, load and serve
    engine.py     one vLLM engine, request by request: continuous batching, KV blocks, preemption
    page.py       an engine's state as the Prometheus page that vLLM writes;  sglang_page.py: SGLang
    exposition.py the Prometheus text format as the client libraries write it
    gateway.py    routes requests to engines, through prefill pods where there are such
    epp.py        the endpoint picker's page
    traffic.py    shapes of load: stair-step, spike, burst-drain, steady, mixed
    wva.py        the WVA controller: reads pages, decides by `core/wva`, logs as a release does
    wva_v1.py     up to v0.4, by capacity;  wva_model.py: by its model;  wva_v2.py: of v0.9
    scenarios/    what happens: one file and one row each
    job_controller.py  Jobs -> pods, until enough succeeded or too many failed;  garbage.py cascades
    runner.py     pods that come to an end: pod_life.py, and what runs in them: run/, loadgen/
    tekton.py     PipelineRuns and TaskRuns in the minimal form
    hpa.py        the HPA controller by `core/wva/hpa.py`;  keda.py: ScaledObjects on top of it

Everything below server.py is synchronous and deterministic: seeded, driven by the Timeline only.
"""
