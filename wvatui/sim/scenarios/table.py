"""The table of scenarios, in the order in which they are listed: name, title, sight, load, and the
rest."""

from dataclasses import replace

from wvatui.core.rules.wva.model.model_based import LatencyTargets
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.engine.engine import EngineProfile
from wvatui.engine.traffic import TrafficShape, TrafficStage
from wvatui.sim.scenario import A100, H100, L40S, ModelVariant, Scenario, stages
from wvatui.sim.scenarios import events
from wvatui.sim.scenarios.guided import GUIDED, STAIRS

_FIRST_H100 = EngineProfile(
    "NVIDIA-H100-80GB-HBM3",
    blocks=9600,
    max_seqs=256,
    step_s=0.0073,
    seq_s=0.00004,
    context_s=4e-8,
    prefill_s=0.00005,
)
"""ITL 12 ms at 50 requests and 22 ms at 140, then 40 % KV cache: from the first experiments'
logs."""
_FIRST_MEASURED = Parameters(alpha=7.47, beta=0.044, gamma=15.415, delta=0.000337)
"""The parameters in the VariantAutoscaling of the first experiments."""

FIRST = Scenario(
    "first-experiments",
    "the cluster of the first experiments, quiet: it waits for their load jobs",
    "nothing, until a job is launched",
    TrafficShape(stages((0, 0.05))),
    (
        ModelVariant(
            "ms-inference-scheduling-llm-d-modelservice-decode",
            _FIRST_H100,
            cost=100.0,
            max=10,
            measured=_FIRST_MEASURED,
        ),
    ),
    model="unsloth/Meta-Llama-3.1-8B",
    namespace="llm-d-inference-scheduler",
    gateway="infra-inference-scheduling-inference-gateway",
    slo=LatencyTargets(ttft_ms=1000.0, itl_ms=10.0, service_class="Premium"),
)
"""The cluster of the first experiments, with the names in their configurations and load jobs."""

ROWS = (
    Scenario(
        "stair-step",
        "the load climbs in steps and falls again, each hour",
        "saturation, a decision, a pod that boots, relief",
        TrafficShape(stages(*STAIRS, (2700, 6.0), (3300, 1.3))),
    ),
    Scenario(
        "spike",
        "a quiet service is hit by ten times its load for four minutes",
        "queues of more than fifty requests, and pods that come too late",
        TrafficShape(stages((0, 0.8), (120, 8.0), (360, 0.8)), period_s=1800.0),
    ),
    Scenario(
        "burst-drain",
        "bursts of three minutes with quiet between them",
        "full caches that drain before the next burst",
        TrafficShape(stages((0, 0.5), (60, 6.0), (240, 0.2)), period_s=720.0),
    ),
    Scenario(
        "steady",
        "a constant load that one replica can just bear",
        "one replica or two, no queue",
        TrafficShape(stages((0, 2.2))),
    ),
    Scenario(
        "mixed",
        "long and short requests on two kinds of accelerators",
        "the cheaper variant grows first",
        TrafficShape(
            (
                TrafficStage(0, 1.5),
                TrafficStage(90, 5.0, ramp_s=240.0),
                TrafficStage(1200, 8.0, ramp_s=120.0),
                TrafficStage(2400, 2.0, ramp_s=300.0),
            ),
            prompt_mean=900.0,
            spread=0.9,
        ),
        (
            ModelVariant("llama-8b-h100", H100, cost=10.0),
            ModelVariant("llama-8b-l40s", L40S, cost=4.0, load_s=55.0),
        ),
    ),
    Scenario(
        "three-variants",
        "three kinds of accelerators: the one that costs least per token grows until none is left",
        "the cheapest variant grows first, the dearest last and goes first",
        TrafficShape(stages((0, 3.0), (90, 8.0), (600, 14.0), (1500, 8.0), (2100, 3.0))),
        (
            ModelVariant("llama-8b-l40s", L40S, cost=4.0, max=3, load_s=55.0),
            ModelVariant("llama-8b-a100", A100, cost=7.0, max=3, load_s=50.0),
            ModelVariant("llama-8b-h100", H100, cost=14.0),
        ),
    ),
    Scenario(
        "sglang",
        "SGLang on the cheap accelerators beside vLLM on the fast ones",
        "pods of both engines on the same charts, each with its own metrics",
        TrafficShape(stages((0, 1.5), (75, 5.0), (600, 8.0), (1200, 4.0), (1800, 1.5))),
        (
            ModelVariant("llama-8b-vllm", H100, cost=10.0),
            ModelVariant("llama-8b-sglang", L40S, cost=4.0, load_s=55.0, engine="sglang"),
        ),
    ),
    Scenario(
        "prefill-decode",
        "prompts are computed by prefill pods and answered by decode pods, each scaled by itself",
        "two variants with roles: queues and tokens at prefill, full caches at decode",
        TrafficShape(
            stages((0, 1.2), (75, 4.0), (600, 9.0), (1200, 5.0), (1800, 1.2)),
            prompt_mean=1600.0,
            output_mean=280.0,
        ),
        (
            ModelVariant("llama-8b-prefill", H100, cost=10.0, role="prefill"),
            ModelVariant("llama-8b-decode", H100, cost=10.0, max=12, role="decode"),
        ),
        gpu_nodes=5,
    ),
    Scenario(
        "flapping",
        "the load swings faster than pods boot, and nothing steadies the way down",
        "replicas that go up and down every few minutes",
        TrafficShape(stages((0, 5.5), (150, 0.4)), period_s=300.0),
        down_after_s=0,
    ),
    Scenario(
        "hot-pod",
        "sessions stick to one of three pods: it is full while the others idle",
        "one pod's cache full and its queue long, the others' below a half",
        TrafficShape(stages((0, 5.0))),
        (ModelVariant("llama-8b-h100", H100, cost=10.0, replicas=3, min=3),),
        sticky=0.75,
    ),
    Scenario(
        "paused-scaler",
        "somebody paused the ScaledObject, and forgot it for a quarter of an hour",
        "decisions for more replicas, none of them carried out, and the word paused",
        autoscaler="keda",
        happens=((20.0, events.pause_scaler), (900.0, events.resume_scaler)),
    ),
    Scenario(
        "max-replicas",
        "the load is more than the two replicas that are allowed can bear",
        "two of two replicas, full caches and a queue that stays",
        TrafficShape(stages((0, 1.3), (75, 9.0))),
        (ModelVariant("llama-8b-h100", H100, cost=10.0, max=2),),
    ),
    Scenario(
        "unschedulable",
        "the cluster has four GPUs, and the load wants more",
        "pods that stay Pending for want of a GPU",
        TrafficShape(stages((0, 1.3), (75, 10.0))),
        gpu_nodes=1,
    ),
    Scenario(
        "adapter-missing",
        "the metrics adapter is not installed: the HPA reads nothing",
        "ScalingActive is False, FailedGetExternalMetric, decisions that nobody carries out",
        autoscaler="hpa",
        happens=((0.0, events.remove_adapter),),
    ),
    Scenario(
        "controller-restart",
        "the controller crashes, and three minutes later its pod is gone",
        "a restart, then another holder of the Lease, and no decisions between them",
        happens=((150.0, events.crash), (330.0, events.evict_leader)),
    ),
    Scenario(
        "log-rotation",
        "the kubelet rotates the controller's log twice",
        "a gap in the log that says so, and decisions before and after it",
        happens=((135.0, events.rotate_log), (255.0, events.rotate_log)),
    ),
    Scenario(
        "format-drift",
        "after two minutes the controller writes its lines in other words",
        "lines that no dialect knows, counted and said aloud",
        happens=((150.0, events.reword_log),),
    ),
    Scenario(
        "hpa-only",
        "an HPA on waiting requests and cache use, no WVA at all",
        "replicas that follow num_requests_waiting and kv_cache_usage, no decisions",
        TrafficShape(stages(*STAIRS)),
        autoscaler="hpa",
        follows="load",
        down_after_s=300,
    ),
    Scenario(
        "model-only",
        "v0.4 in MODEL-ONLY mode: replicas by latency targets and a model that is tuned",
        "predicted and observed ITL, the parameters as they are learned, rejected outliers",
        TrafficShape(
            stages((0, 1.3), (180, 3.2), (600, 6.5), (1200, 9.0), (1800, 4.0), (2400, 1.5))
        ),
        mode="model-only",
    ),
    FIRST,
    replace(
        FIRST,
        name="first-experiments-model",
        title="the same in MODEL-ONLY mode, for the model-based experiments",
        mode="model-only",
    ),
    replace(
        FIRST,
        name="first-experiments-hpa",
        title="the same with an HPA on the pods' own metrics and no WVA, for the HPA's experiments",
        autoscaler="hpa",
        follows="load",
    ),
    Scenario(
        "tekton",
        "Tekton is installed, and a pipeline that makes load waits to be run",
        "pods of TaskRuns, and load while they run",
        TrafficShape(stages((0, 0.5))),
        crds=frozenset({"tekton.dev"}),
    ),
    Scenario(
        "wrong-metric",
        "the HPA's selector names a variant that there is not",
        "<unknown> in the HPA, ScalingActive False, decisions that nobody carries out",
        autoscaler="hpa",
        happens=((0.0, events.misspell_selector),),
    ),
    Scenario(
        "two-scalers",
        "a forgotten HPA on waiting requests scales the same Deployment",
        "two HPAs with one target, and replicas that both of them move",
        autoscaler="hpa",
        happens=((20.0, events.add_hpa),),
    ),
    Scenario(
        "percent-thresholds",
        "somebody wrote the thresholds as percent",
        "full caches and long queues, and a controller that is content",
        happens=((0.0, events.write_percent),),
    ),
    Scenario(
        "quota",
        "the namespace's quota is two GPUs, and the load wants more",
        "FailedCreate, exceeded quota, fewer pods than the spec asks for",
        happens=((0.0, events.limit_gpus),),
    ),
    Scenario(
        "image-pull",
        "somebody set an image that cannot be pulled",
        "new pods in ErrImagePull and ImagePullBackOff, the old one alone under the load",
        happens=((20.0, events.rename_image),),
    ),
    Scenario(
        "never-ready",
        "new replicas never get ready: the model does not load",
        "pods that run, fail their probe, and never serve",
        variants=(ModelVariant("llama-8b-h100", H100, cost=10.0, max=3, load_s=36_000.0),),
    ),
    Scenario(
        "no-leader",
        "the controller's processes neither renew nor take the Lease any more",
        "a Lease that gets old, and no decision under a rising load",
        happens=((60.0, events.stop),),
    ),
    Scenario(
        "controller-stuck",
        "the controller's loop hangs: it holds the Lease and says nothing",
        "a Lease that is renewed, and silence in the log under a rising load",
        happens=((60.0, events.hang),),
    ),
    Scenario(
        "prometheus-down",
        "Prometheus refuses the controller's questions from the first minute on",
        "errors in each cycle, full replicas, and no decision",
        happens=((60.0, events.fail_prometheus),),
    ),
    Scenario(
        "unscraped-pods",
        "new replicas are not scraped: their labels match no PodMonitor",
        "replicas that serve, and of which the controller has no sample",
        happens=((0.0, events.hide_new_pods),),
    ),
    Scenario(
        "label-mismatch",
        "a relabelling took pod_name from the picker's series",
        "the controller's own words: possible pod/pod_name label mismatch, in every cycle",
        happens=((0.0, events.relabel_picker),),
    ),
    Scenario(
        "fast-swing",
        "bursts of three seconds each eleven: a poll each five seconds does not see them",
        "running requests that come and go within seconds",
        TrafficShape(
            stages((0, 45.0), (3, 0.05)), period_s=11.0, prompt_mean=300.0, output_mean=100.0
        ),
        (ModelVariant("llama-8b-h100", H100, cost=10.0, replicas=2, min=2, max=2),),
    ),
    Scenario(
        "model-drift",
        "v0.4 in MODEL-ONLY mode, and GPUs that are throttled after it has learned them",
        "predictions that fit the observed latencies, and later do not",
        TrafficShape(stages((0, 2.0))),
        (ModelVariant("llama-8b-h100", H100, cost=10.0, replicas=2, min=2, max=2),),
        mode="model-only",
        happens=((150.0, events.throttle_gpus),),
    ),
    *GUIDED,
)
