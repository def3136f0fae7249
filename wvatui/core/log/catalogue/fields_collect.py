"""Messages without facts: metric collection, emission, discovery and utilities, v0.5.0 to HEAD."""

from wvatui.core.log.row import plain

ROWS = plain(
    "b",
    """
v0.5.0 HEAD Prometheus source not registered, skipping scale-to-zero query registration
v0.5.0 HEAD Failed to query model request count
v0.5.0 HEAD No result for model request count query
v0.5.0 HEAD Model request count query failed
v0.5.0 HEAD No values in model request count result
v0.5.0 HEAD Collected model request count
v0.5.0 v0.5.1 Skipping pod that doesn't match any deployment
v0.5.0 HEAD Collected replica metrics
v0.5.0 HEAD Cache cleanup: removed expired entries
v0.5.0 v0.5.0 Invalid label selector for deployment
v0.5.0 v0.5.0 Failed to list pods for deployment
v0.5.0 HEAD No queries registered for this Prometheus source
v0.5.0 HEAD Refreshed Prometheus metrics
v0.5.0 HEAD Prometheus query warnings
v0.5.0 HEAD TLS configuration applied to Prometheus HTTPS transport
v0.5.0 HEAD Bearer token loaded from file
v0.5.0 HEAD CA certificate loaded successfully
v0.5.0 HEAD Client certificate loaded successfully
v0.5.0 HEAD TLS certificate verification is disabled - this is not recommended for production
v0.5.0 v0.5.1 transient error getting resource, retrying
v0.5.0 v0.6.0 permanent error updating status for resource
v0.5.0 v0.8.0 conflict updating status (resource version mismatch), retrying
v0.5.0 v0.6.0 transient error updating status, retrying for resource
v0.5.0 v0.8.0 failed to parse accelerator cost in configmap, skipping accelerator
v0.5.0 v0.8.0 failed to parse service class data, skipping service class
v0.5.0 v0.8.0 Setting accelerator name
v0.5.0 HEAD Query Prometheus failed, retrying
v0.5.0 HEAD Prometheus API validation failed, retrying
v0.5.0 HEAD Prometheus API validation successful with query
v0.5.0 HEAD Skipping VA without scaleTargetRef
v0.5.0 HEAD Failed to get deployment
v0.5.0 v0.5.1 Skipping deleted deployment
v0.5.0 HEAD Found filtered VariantAutoscaling resources
v0.5.0 v0.8.0 Filtering VAs by controller instance
v0.5.0 v0.8.0 Found VariantAutoscaling resources ready for optimization
v0.5.0 v0.5.1 Could not get current deployment replicas, using VariantAutoscaling status
v0.5.0 HEAD Failed to emit optimization signals for variantAutoscaling
v0.5.0 v0.5.1 Skipping EmitReplicaMetrics - NumReplicas is 0
v0.5.0 HEAD Scale Object already has the desired number of replicas. Skipping scaling
v0.5.0 HEAD Successfully updated ScaleTarget
v0.5.0 HEAD Failed to scale Target
v0.5.0 HEAD Failed to parse Group, Version, Kind, Resource
v0.5.0 HEAD Error getting scale subresource object
v0.5.0 HEAD No ready pods found for scraping
v0.5.0 HEAD Scraped metrics from pods
v0.5.0 HEAD Failed to scrape pod
v0.5.1 HEAD Scheduler queue metrics unavailable
v0.5.1 v0.5.1 failed to find VariantAutoscaling for deployment
v0.5.1 v0.5.1 no VariantAutoscaling matched for deployment
v0.5.1 v0.7.0 failed to get pod
v0.5.1 v0.5.1 Pod has no ReplicaSet owner
v0.5.1 v0.7.0 failed to get ReplicaSet
v0.5.1 v0.5.1 ReplicaSet has no Deployment owner
v0.5.1 HEAD APIVersion not specified for scale target; defaulting to apps/v1
v0.6.0 HEAD TLS certificate verification is disabled, skipping certificate loading
v0.6.0 HEAD Scale target not found for VariantAutoscaling, skipping
v0.6.0 HEAD Failed to get scale target
v0.6.0 HEAD Skipping deleted scale target
v0.6.0 HEAD Deployment not found for VariantAutoscaling, skipping
v0.6.0 HEAD LWS not found for VariantAutoscaling, skipping
v0.6.0 HEAD Failed to get leaderWorkerSet
v0.6.0 HEAD Skipping EmitReplicaMetrics - no optimization decision yet
v0.6.0 v0.6.0 Could not get current scale target replicas, using VariantAutoscaling status
v0.6.0 HEAD transient error getting resource, retrying
v0.6.0 v0.7.0 failed to find VariantAutoscaling for scale target
v0.6.0 v0.7.0 no VariantAutoscaling matched for scale target
v0.6.0 v0.7.0 Pod has no owner
v0.6.0 v0.7.0 failed to get StatefulSet
v0.6.0 v0.7.0 Pod has no ReplicaSet or StatefulSet owner
v0.6.0 v0.7.0 Either ReplicaSet has no Deployment owner or StatefulSet has no LeaderWorkerSet…
v0.6.0 HEAD Failed to read EPP metrics token - EPP authentication will be disabled
v0.6.0 HEAD EPP metrics token file is empty
v0.6.0 HEAD EPP metrics token loaded successfully
v0.6.0 HEAD Failed to unregister metrics source
v0.6.0 HEAD Scheduler dispatch rate metric missing both 'pod' and 'pod_name' labels, skipping
v0.6.0 HEAD Skipping pod that doesn't match any scale target
v0.6.0 v0.8.0 Pod has vLLM metrics but no dispatch rate — possible pod/pod_name label mismatch
v0.7.0 HEAD Could not get current scale target replicas, using variantAutoscaling status
v0.9.0-rc1 HEAD Error while listing annotation-sourced variants (non-fatal)
v0.9.0-rc1 v0.8.0 Merged annotation-sourced variants
v0.9.0-rc1 HEAD Skipping HPA with invalid WVA annotations
v0.9.0-rc1 HEAD KEDA ScaledObject CRD not available, skipping annotation discovery for Scaled…
v0.9.0-rc1 HEAD Skipping ScaledObject with invalid WVA annotations
v0.9.0-rc1 HEAD VA has ready pods but none attributed
v0.9.0-rc1 HEAD locator.Locate failed; treating pod as unmanaged
v0.9.0-rc1 HEAD Coordinator loop starting
v0.9.0-rc1 HEAD Coordinator loop stopping
v0.9.0-rc1 HEAD Coordinator discovery failed; skipping cycle
v0.9.0-rc1 HEAD Coordinator tick is a no-op
v0.9.0-rc1 HEAD Coordinator dispatching to plugins
v0.9.0-rc1 HEAD Coordinator plugin returned an error
v0.9.0-rc1 v0.8.0 failed to create discovery client for CRD detection
v0.9.0-rc1 HEAD failed to discover API resources
v0.9.0-rc1 HEAD Prometheus source not registered, skipping throughput analyzer query registra…
v0.9.0-rc1 HEAD No GPU quota set, skipping
v0.9.0-rc1 HEAD Queue query failed, using 0
v0.9.0-rc1 v0.8.0 Setting maxReplicas
v0.8.0 v0.8.0 locator.ResolveScaleTarget failed; treating pod as unmanaged
HEAD HEAD Configured minimum replicas exceed GPU quota, skipping namespace
HEAD HEAD Setting max replica ceiling
HEAD HEAD Conflict patching max replica ceiling; re-reading and retrying
HEAD HEAD Found variants ready for optimization
HEAD HEAD all optional CRDs present at startup, CRD probe idle
HEAD HEAD probing for post-startup CRD installation
HEAD HEAD discovery probe failed, will retry
HEAD HEAD CRD available after controller startup, restarting to enable support
HEAD HEAD isLWSWorker: nil labels, treating pod as non-worker
HEAD HEAD Skipping LWS worker pod (non-leader)
HEAD HEAD Pod has engine metrics but no dispatch rate — possible pod/pod_name label mismatch
HEAD HEAD Model arrival rate unavailable
HEAD HEAD Model arrival rate result carried an error
HEAD HEAD GetPodLabels: failed to get pod
HEAD HEAD GetPodLabels: resolveScaleTarget failed, skipping cache
HEAD HEAD Plain HTTP Prometheus endpoint allowed by configuration
HEAD HEAD Detected inference engine for scale target
HEAD HEAD Resolved inference engines for model
""",
)
