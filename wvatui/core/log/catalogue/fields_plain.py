"""Messages without facts: collection, emission, start-up, reconcilers, settings, v0.5.0 to HEAD."""

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
v0.5.0 HEAD Invalid duration value in ConfigMap, using default
v0.5.0 HEAD Invalid integer value in ConfigMap, using default
v0.5.0 v0.5.1 No Prometheus configuration found. Please set PROMETHEUS_BASE_URL environment v…
v0.5.0 v0.5.1 Using Prometheus configuration from environment variables
v0.5.0 v0.5.1 Using Prometheus configuration from ConfigMap
v0.5.0 HEAD Retention period is unusually long
v0.5.0 HEAD Invalid retention period for model, checking global defaults
v0.5.0 HEAD Invalid global default retention period, using system default
v0.5.0 HEAD Failed to parse scale-to-zero config entry, skipping
v0.5.0 HEAD Skipping scale-to-zero config without model_id field
v0.5.0 HEAD Duplicate model_id found in scale-to-zero ConfigMap - first key wins
v0.5.0 HEAD Parsed scale-to-zero config
v0.5.0 v0.8.0 disabling http/2
v0.5.0 HEAD Initializing webhook certificate watcher using provided certificates
v0.5.0 HEAD Failed to initialize webhook certificate watcher
v0.5.0 HEAD Initializing metrics certificate watcher using provided certificates
v0.5.0 HEAD Failed to initialize metrics certificate watcher
v0.5.0 HEAD Watching single namespace
v0.5.0 HEAD unable to start manager
v0.5.0 HEAD Creating metrics emitter instance
v0.5.0 HEAD Metrics emitter created successfully
v0.5.0 v0.5.0 failed to get Prometheus configuration
v0.5.0 v0.5.0 no Prometheus configuration found - this should not happen
v0.5.0 v0.8.0 TLS configuration validation failed - HTTPS is required
v0.5.0 HEAD Initializing Prometheus client
v0.5.0 HEAD failed to create prometheus client config
v0.5.0 HEAD failed to create prometheus client
v0.5.0 HEAD CRITICAL: Failed to connect to Prometheus - WVA requires Prometheus connectivity…
v0.5.0 HEAD Prometheus client and API wrapper initialized and validated successfully
v0.5.0 HEAD Initializing metrics source registry
v0.5.0 HEAD failed to register prometheus source in source registry
v0.5.0 HEAD unable to add optimization engine loop to manager
v0.5.0 v0.8.0 unable to create controller
v0.5.0 HEAD unable to create default pool GKNN from POOL_GROUP
v0.5.0 HEAD unable to create inferencePool controller
v0.5.0 HEAD Adding metrics certificate watcher to manager
v0.5.0 HEAD unable to add metrics certificate watcher to manager
v0.5.0 HEAD Adding webhook certificate watcher to manager
v0.5.0 HEAD unable to add webhook certificate watcher to manager
v0.5.0 HEAD unable to set up health check
v0.5.0 HEAD unable to set up ready check
v0.5.0 HEAD Failed to sync logger before starting manager
v0.5.0 HEAD Registering custom metrics with Prometheus registry
v0.5.0 HEAD failed to initialize metrics
v0.5.0 HEAD problem running manager
v0.5.0 HEAD Reconciling InferencePool
v0.5.0 HEAD InferencePool not found. Removing pool from datastore
v0.5.0 HEAD InferencePool is marked for deletion. Removing pool from datastore
v0.5.0 v0.8.0 VariantAutoscaling resource not found, may have been deleted
v0.5.0 v0.8.0 Unable to fetch VariantAutoscaling
v0.5.0 v0.8.0 VariantAutoscaling is being deleted, skipping reconciliation
v0.5.0 v0.8.0 Reconciling VariantAutoscaling
v0.5.0 v0.5.1 Scale target Deployment not found, waiting for deployment watch
v0.5.0 v0.8.0 Failed to update VariantAutoscaling status
v0.5.0 v0.5.1 Failed to get scale target Deployment
v0.5.0 v0.5.1 Scale target Deployment found: name={}, namespace={}
v0.5.0 v0.5.1 Found decision in cache
v0.5.0 v0.8.0 No decision found in cache for VA
v0.5.0 v0.5.0 Failed to list VAs for deployment event
v0.5.0 v0.8.0 Deployment created, triggering VA reconciliation
v0.5.0 HEAD Failed to parse saturation scaling config entry
v0.5.0 HEAD Invalid saturation scaling config entry
v0.5.0 v0.8.0 ServiceMonitor being deleted - Prometheus will not scrape controller metrics
v0.5.1 HEAD Configuration loaded successfully
v0.5.1 v0.5.1 Loaded ConfigMap for config
v0.5.1 v0.5.1 ConfigMap not found, using defaults and flags
v0.5.1 v0.5.1 Invalid GLOBAL_OPT_INTERVAL, using default
v0.5.1 v0.5.1 Invalid duration value in ConfigMap, treating as unset
v0.5.1 v0.5.1 Invalid GLOBAL_OPT_INTERVAL in ConfigMap
v0.5.1 v0.5.1 Config is nil in ConfigMapReconciler - this should not happen
v0.5.1 HEAD Failed to get ConfigMap
v0.5.1 HEAD Ignoring ConfigMap from untracked namespace
v0.5.1 HEAD Ignoring unrecognized ConfigMap
v0.5.1 v0.5.1 Attempted to change immutable parameters via ConfigMap
v0.5.1 v0.5.1 Rejected immutable parameter changes, continuing with mutable parameter updates
v0.5.1 HEAD Processing scale-to-zero ConfigMap
v0.5.1 v0.8.0 Failed to find VA for deployment event using index
v0.5.1 v0.5.1 unable to create temporary client for config loading
v0.5.1 HEAD failed to load configuration - this is a fatal error
v0.5.1 HEAD Setting up indexes
v0.5.1 HEAD unable to setup indexes
v0.5.1 HEAD Indexes setup completed
v0.5.1 HEAD no Prometheus configuration found - this should not happen after validation
v0.5.1 HEAD unable to create configmap controller
v0.6.0 HEAD Loaded config from file
v0.6.0 HEAD Config is nil in ConfigMapReconciler bootstrap
v0.6.0 HEAD Initial ConfigMap bootstrap
v0.6.0 HEAD Failed to list namespaces during bootstrap
v0.6.0 HEAD Initial ConfigMap bootstrap completed
v0.6.0 HEAD Bootstrap ConfigMap not found, continuing with defaults
v0.6.0 HEAD Ignoring unrecognized bootstrap ConfigMap
v0.6.0 HEAD Failed to parse queueing model config entry
v0.6.0 HEAD Invalid queueing model config entry
v0.6.0 v0.8.0 Scale target {} not found, waiting for {} watch
v0.6.0 v0.7.0 Failed to get scale target {}
v0.6.0 v0.8.0 Scale target {} found: name={}, namespace={}
v0.6.0 v0.8.0 Applying scaling decision from cache
v0.6.0 v0.8.0 Failed to find VA for leaderWorkerSet event using index
v0.6.0 v0.8.0 LeaderWorkerSet created, triggering VA reconciliation
v0.6.0 v0.7.0 failed to create discovery client for CRD detection - assuming LWS not installed
v0.6.0 v0.7.0 failed to discover API resources - assuming LWS not installed
v0.6.0 HEAD partial error discovering API resources (this is usually fine)
v0.6.0 HEAD failed to add LeaderWorkerSet scheme
v0.6.0 HEAD LeaderWorkerSet CRD detected - support enabled
v0.6.0 v0.8.0 LeaderWorkerSet CRD not found - support disabled (Deployment-only mode)
v0.6.0 HEAD unable to bootstrap initial ConfigMaps
v0.7.0 HEAD Configuring cache with label selector for ConfigMaps
v0.9.0-rc1 HEAD KEDA ScaledObject CRD detected - annotation-based ScaledObject discovery enabled
v0.9.0-rc1 v0.8.0 KEDA ScaledObject CRD not found - annotation-based discovery limited to HPAs
v0.9.0-rc1 HEAD ThroughputAnalyzer registered (enabled in saturation config)
v0.9.0-rc1 HEAD unable to create HPA controller
v0.9.0-rc1 HEAD unable to create ScaledObject controller
v0.9.0-rc1 HEAD WARNING: Coordinator is an experimental feature. It may change or be removed…
v0.9.0-rc1 HEAD unable to construct Coordinator
v0.9.0-rc1 HEAD unable to add Coordinator to manager
v0.9.0-rc1 HEAD Coordinator enabled
v0.9.0-rc1 HEAD Coordinator disabled (experimental feature; set EXPERIMENTAL_COORDINATOR_ENAB…
v0.9.0-rc1 v0.8.0 VariantAutoscaling is deprecated; migrate to the annotation-based path
v0.9.0-rc1 v0.8.0 Failed to patch deprecation-warned annotation
HEAD HEAD Ignoring limiters on a non-default saturation config entry; the GPU limiter is sele…
HEAD HEAD Throughput analyzer registration diverged from live config; controller restart requ…
HEAD HEAD LeaderWorkerSet CRD not found - support disabled (Deployment-only mode); {}
HEAD HEAD KEDA ScaledObject CRD not found - annotation-based discovery limited to HPAs; {}
HEAD HEAD Prometheus transport configuration validation failed
HEAD HEAD failed to build GPU limiter
HEAD HEAD GPU limiter constructed
HEAD HEAD Quota limiter selected; quota caps are enforced ONLY when enableLimiter: true is se…
HEAD HEAD Quota limiter mode is active; cluster inventory collection is disabled despite WVA_…
HEAD HEAD ThroughputAnalyzer NOT registered — no saturation config entry enables 'throughput'…
HEAD HEAD Automatic restart on post-startup CRD installation is disabled (--disable-crd-auto-…
HEAD HEAD unable to add CRD watcher to manager
HEAD HEAD restarting to enable support for a CRD installed after startup
HEAD HEAD Unusable optimization interval, using default
""",
)
