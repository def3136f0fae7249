"""Messages without facts: engines, analyzers, optimisers, limiter, enforcer and scale from zero,
v0.5.0 to HEAD."""

from wvatui.core.log.row import plain

ROWS = plain(
    "b",
    """
v0.5.0 HEAD Context cancelled, stopping optimization loop
v0.5.0 HEAD Optimization error
v0.5.0 HEAD Context cancelled during retry delay
v0.5.0 HEAD Scale-to-zero policy enforced
v0.5.0 HEAD Minimum replica policy enforced
v0.5.0 v0.5.1 Failed to get request count, keeping current targets
v0.5.0 v0.5.1 Model has recent requests, keeping saturation targets
v0.5.0 HEAD Found inactive VariantAutoscaling resources
v0.5.0 HEAD Context cancelled, stopping new work
v0.5.0 HEAD Processing variant
v0.5.0 HEAD Error Processing variant
v0.5.0 HEAD Inferencepool datastore is empty - skipping processing inactive variant
v0.5.0 v0.5.1 Error finding target EPP
v0.5.0 v0.5.1 No pending requests found in the flowcontrol queue - skipping scaling up from zero
v0.5.0 HEAD Error scaling up Target Workload
v0.5.0 HEAD Target variant decision.CurrentReplicas is not zero
v0.5.0 HEAD Scaling to zero is enabled
v0.5.0 HEAD Unable to get active variant autoscalings
v0.5.0 HEAD Failed to collect cluster inventory
v0.5.0 HEAD Collected cluster accelerator inventory (Limited Mode)
v0.5.0 v0.5.0 Saturation scaling config not loaded yet, skipping optimization
v0.5.0 v0.5.0 Default saturation scaling config not found, skipping optimization
v0.5.0 v0.7.0 Saturation analysis failed
v0.5.0 HEAD Scale-to-zero enforcement applied
v0.5.0 v0.7.0 Saturation-only decisions made for model
v0.5.0 v0.7.0 Skipping decision application for model: saturation analysis is nil (likely no…
v0.5.0 HEAD Applying GPU limiter to scaling decisions
v0.5.0 HEAD GPU limiter failed, proceeding with original decisions
v0.5.0 HEAD Applying scaling decisions
v0.5.0 HEAD No scaling decisions to apply, updating VA status with metrics
v0.5.0 v0.6.0 Failed to apply saturation decisions
v0.5.0 v0.5.1 Could not get deployment for VA, skipping
v0.5.0 HEAD Unexpected state: readyReplicas exceeds currentReplicas, clamping pendingReplicas…
v0.5.0 HEAD No variant analysis found for decision (metrics may be unavailable)
v0.5.0 v0.5.1 Could not get deployment for VA
v0.5.0 HEAD Using source infrastructure for replica metrics
v0.5.0 HEAD Collected saturation metrics
v0.5.0 HEAD No scaling decision for VA, but updating status to trigger reconcile
v0.5.0 v0.8.0 Failed to get latest VA from API server
v0.5.0 v0.8.0 Skipping status update for VA without accelerator info, but setting MetricsAvai…
v0.5.0 HEAD Failed to emit metrics for external autoscalers
v0.5.0 v0.5.1 Safety net: failed to get current replicas from Deployment for metrics
v0.5.0 v0.9.0-rc1 Safety net: skipping metric emission - no accelerator name available
v0.5.0 HEAD Safety net: failed to emit metrics
v0.6.0 HEAD Optimizer selected
v0.6.0 HEAD Skipping scale-to-zero enforcement: variant has minReplicas > 0
v0.6.0 HEAD Model data preparation failed
v0.6.0 HEAD Skipping model: no metrics available
v0.6.0 HEAD V2 analysis failed
v0.6.0 v0.9.0-rc1 Failed to compute GPU constraints, falling back to unlimited
v0.6.0 HEAD V2 optimizer produced decisions
v0.6.0 v0.8.0 Skipping scale-to-zero enforcement (V2): variant has minReplicas > 0
v0.6.0 v0.8.0 Scale-to-zero enforcement applied (V2)
v0.6.0 HEAD Could not get scale target for VA, skipping
v0.6.0 HEAD Could not get scale target for VA
v0.6.0 HEAD Failed to parse variant cost, using default
v0.6.0 v0.6.0 Safety net: failed to get current replicas from scale target for metrics
v0.6.0 HEAD Safety net: no scale target found for VA
v0.6.0 HEAD Queueing model analysis failed
v0.6.0 HEAD Queueing model optimizer produced decisions
v0.6.0 v0.8.0 Scale-to-zero enforcement applied (queueing-model)
v0.6.0 HEAD No scale target found for VA, skipping capacity store pre-population
v0.6.0 HEAD Pre-populated capacity store from scale target
v0.6.0 HEAD Cost-aware optimizer decisions
v0.6.0 v0.7.0 Scale-up allocation
v0.6.0 v0.7.0 Scale-down allocation
v0.6.0 HEAD Failed to get request count, keeping current decisions
v0.6.0 HEAD Model has recent requests, keeping decisions
v0.6.0 HEAD Greedy-by-score optimizer decisions (scale-up)
v0.6.0 HEAD Greedy-by-score optimizer decisions (other)
v0.6.0 HEAD GreedyByScore: no GPUs remaining, stopping fair-share
v0.6.0 HEAD GreedyByScore: iteration
v0.6.0 HEAD GreedyByScore: no GPUs available for model, removing
v0.6.0 HEAD GreedyByScore: model still above mean, removing
v0.6.0 v0.7.0 GreedyByScore: no variants for role, consuming share
v0.6.0 v0.7.0 GreedyByScore: role partially allocated, consuming remainder
v0.6.0 v0.7.0 GreedyByScore: allocated replicas
v0.6.0 HEAD Skipping variant, target EPP not found in datastore
v0.6.0 HEAD Unexpected error finding target EPP
v0.6.0 HEAD Datastore inconsistency detected
v0.6.0 HEAD Scale-from-zero: skipping VA, no pending requests in flow control queue
v0.6.0 HEAD No SLO targets
v0.6.0 HEAD No metric for variant
v0.6.0 HEAD Failed to build environment for variant
v0.6.0 HEAD Failed to get/create tuner for variant
v0.6.0 HEAD Tuner could not update environment for variant
v0.6.0 HEAD Tuner failed to run for variant
v0.6.0 HEAD Failed to tune variant
v0.6.0 HEAD No replicas for variant
v0.6.0 HEAD No replicas with traffic to calculate capacity for variant
v0.6.0 HEAD No parameters found for variant
v0.6.0 HEAD Failed to create queue analyzer for variant
v0.6.0 HEAD Failed to calculate max request rate for variant
v0.6.0 HEAD No existing parameters found, attempting to guess initial state
v0.6.0 HEAD Failed to guess initial state, using defaults
v0.7.0 HEAD Safety net: failed to get current replicas from scale target for metrics, using c…
v0.9.0-rc1 HEAD scale-up: joint role commit
v0.9.0-rc1 HEAD scale-down: removed replicas
v0.9.0-rc1 HEAD Skipping allocation: accelerator unresolved in heterogeneous cluster — operat…
v0.9.0-rc1 HEAD Saturation data preparation failed
v0.9.0-rc1 HEAD No metrics for role group, emitting safety-net signals
v0.9.0-rc1 HEAD Saturation analysis failed for role group
v0.9.0-rc1 HEAD Saturation-only decisions made for role group
v0.9.0-rc1 v0.9.0-rc1 Accelerator name not resolved - status will be updated but metrics will…
v0.9.0-rc1 v0.9.0-rc1 Skipping metric emission - no accelerator name available
v0.9.0-rc1 HEAD Failed to emit replica scaling metrics
v0.9.0-rc1 HEAD registered analyzer panicked; result discarded
v0.9.0-rc1 HEAD registered analyzer failed; result discarded
v0.9.0-rc1 HEAD throughput analyzer: no replicas, skipping variant
v0.9.0-rc1 HEAD throughput analyzer: sanity issues detected, some pods excluded
v0.9.0-rc1 HEAD throughput analyzer: workload shape changed, clearing observation window
v0.9.0-rc1 HEAD throughput analyzer: observation dropped (k out of range or ITL invalid)
v0.9.0-rc1 HEAD throughput analyzer: no ITL model available, skipping variant
v0.9.0-rc1 HEAD throughput analyzer: GPS mismatch persisted, clearing observation window for…
v0.9.0-rc1 HEAD throughput analyzer: tier-1 OLS fit
v0.9.0-rc1 HEAD throughput analyzer: tier-1 OLS fit failed, trying tier-2
v0.9.0-rc1 HEAD throughput analyzer: tier-2 constrained OLS fit
v0.9.0-rc1 HEAD throughput analyzer: GPS mismatch detected
v0.9.0-rc1 HEAD throughput analyzer: near-k_sat ITL residual high (model drift or bad data)
v0.9.0-rc1 HEAD throughput analyzer: near-k_sat N_dec mismatch (shape wrong?)
v0.8.0 v0.8.0 Failed to compute GPU constraints, falling back to unlimited (cost-aware) optim…
v0.8.0 HEAD Accelerator name not resolved - replica scaling metrics emitted with accelerator_…
v0.8.0 HEAD Safety net: accelerator unresolved, emitting scaling signal with 'unresolved' acc…
- - throughput analyzer: sanity issues detected, skipping variant
- - throughput analyzer: k-value outside observable range, observation dropped
HEAD HEAD failed to rebuild GPU limiter from config; keeping the previous limiter
HEAD HEAD Failed to compute GPU constraints, skipping provider
HEAD HEAD Skipping scale-to-zero enforcement: model runs a non-vLLM engine; engine-aware requ…
HEAD HEAD Skipping status update for variant without accelerator info
HEAD HEAD refusing to dispatch the queueing-model path; enable the saturation and/or throughp…
HEAD HEAD saturation analyzer is absent from the configured analyzer list: it will not vote a…
HEAD HEAD throughput analyzer has a live capacity signal but has reported no demand for at le…
HEAD HEAD Denying allocation: accelerator unresolved, cannot enforce quota
HEAD HEAD rescale: minReplicas floors exceed the group budget (Conflict); clamping to floors
""",
)
