"""Messages without facts: process start-up, reconcilers and configuration, v0.5.0 to HEAD."""

from wvatui.core.log.row import plain

ROWS = plain(
    "b",
    """
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
