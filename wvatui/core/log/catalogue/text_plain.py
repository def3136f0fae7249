"""Messages without facts, with the values inside the text: v0.0.1 to v0.4.2."""

from wvatui.core.log.row import plain

ROWS = plain(
    "a",
    """
v0.0.1 v0.4.2 disabling http/2
v0.0.1 v0.4.2 Initializing metrics certificate watcher using provided certificates{}{}{}
v0.0.1 v0.4.2 Failed to initialize webhook certificate watcher{}
v0.0.1 v0.4.2 Failed to initialize metrics certificate watcher{}
v0.0.1 v0.4.2 unable to start manager{}
v0.0.1 v0.4.2 unable to create controller{}{}
v0.0.1 v0.4.2 Adding metrics certificate watcher to manager
v0.0.1 v0.4.2 unable to add metrics certificate watcher to manager{}
v0.0.1 v0.4.2 Adding webhook certificate watcher to manager
v0.0.1 v0.4.2 unable to add webhook certificate watcher to manager{}
v0.0.1 v0.4.2 unable to set up health check{}
v0.0.1 v0.4.2 unable to set up ready check{}
v0.0.1 v0.4.2 Registering custom metrics with Prometheus registry
v0.0.1 v0.4.2 failed to initialize metrics{}
v0.0.1 v0.4.2 problem running manager{}
v0.0.1 v0.4.2 Could not get current deployment replicas, using VariantAutoscaling statuserror…
v0.0.1 v0.0.2 {}Failed to emit optimization signals for variantAutoscaling - variantAutoscali…
v0.0.1 v0.0.2 Skipping EmitReplicaMetrics for variantAutoscaling - variantAutoscaling-name: …
v0.0.1 v0.0.1 Found inventory: nodeName - {} , model - {} , count - {} , mem - {}
v0.0.1 v0.0.2 Prometheus warnings - warnings: {}
v0.0.1 v0.0.2 failed to get avg wait time, using 0: model: {}
v0.0.1 v0.0.2 failed to get avg itl time, using 0: model: {}
v0.0.1 v0.0.2 acceleratorName label not found on deployment - deployment-name: {}
v0.0.1 v0.4.2 Creating metrics emitter instance
v0.0.1 v0.4.2 Metrics emitter created successfully
v0.0.1 v0.0.4 {}Unable to read optimization config
v0.0.1 v0.4.2 Scaling to zero is enabled!
v0.0.1 v0.0.4 {}unable to read accelerator configMap, skipping optimizing
v0.0.1 v0.0.4 {}unable to read serviceclass configMap, skipping optimizing
v0.0.1 v0.0.4 {}unable to list variantAutoscaling resources
v0.0.1 v0.0.1 {}failed to get cluster inventory
v0.0.1 v0.0.4 {}failed to prepare variant autoscalings
v0.0.1 v0.0.4 No potential allocations found for server - serverName: {}
v0.0.1 v0.0.4 {}unable to perform model optimization, skipping this iteration
v0.0.1 v0.0.4 Optimization completed successfully, emitting optimization metrics
v0.0.1 v0.0.4 Optimized allocation map - numKeys: {}, updateList_count: {}
v0.0.1 v0.0.4 {}failed to apply optimized allocations
v0.0.1 v0.4.2 skipping deleted variantAutoscaling - variantAutoscaling-name: {}
v0.0.1 v0.0.4 variantAutoscaling missing modelName label, skipping optimization - variantAuto…
v0.0.1 v0.0.4 {}failed to locate SLO for model - variantAutoscaling-name: {}modelName: {}
v0.0.1 v0.0.4 variantAutoscaling bad model accelerator profile data, skipping optimization -…
v0.0.1 v0.0.4 variantAutoscaling missing accelerator cost in configMap, skipping optimization…
v0.0.1 v0.0.4 variantAutoscaling unable to parse accelerator cost in configMap, skipping opti…
v0.0.1 v0.0.4 {}failed to get Deployment after retries - variantAutoscaling-name: {}
v0.0.1 v0.0.4 {}unable to get variantAutoscaling for deployment - deployment-name: {}, namesp…
v0.0.1 v0.0.4 {}unable to fetch metrics, skipping this variantAutoscaling loop
v0.0.1 v0.0.4 variantAutoscaling bad deployment server data, skipping optimization - variantA…
v0.0.1 v0.0.4 Optimization metrics emitted, starting to process variants - variant_count: {}
v0.0.1 v0.0.4 Processing variant - index: {}, variantAutoscaling-name: {}, namespace: {}, has…
v0.0.1 v0.0.4 No optimized allocation found for variant - variantAutoscaling-name: {}
v0.0.1 v0.0.4 {}failed to get latest VariantAutoscaling from API server: variantAutoscaling-n…
v0.0.1 v0.0.1 Deployment not found, skipping - variantAutoscaling-name: {}
v0.0.1 v0.0.4 {}failed to patch ownerReference - variantAutoscaling-name: {}
v0.0.1 v0.0.2 {}failed to emit optimization signals for external autoscalers - variant: {}
v0.0.1 v0.0.4 Successfully emitted optimization signals for external autoscalers - variant: {}
v0.0.1 v0.0.2 {}failed to patch status for variantAutoscaling after retries - variantAutoscal…
v0.0.1 v0.0.4 Completed variant processing loop
v0.0.1 v0.0.4 {}TLS configuration validation failed - HTTPS is required
v0.0.1 v0.0.4 Initializing Prometheus client -> address: {} tls_enabled: true
v0.0.1 v0.0.4 {}CRITICAL: Failed to connect to Prometheus - Inferno requires Prometheus conne…
v0.0.1 v0.4.2 Prometheus client and API wrapper initialized and validated successfully
v0.0.1 v0.4.2 No Prometheus configuration found. Please set PROMETHEUS_BASE_URL environment v…
v0.0.1 v0.0.4 Using Prometheus configuration from environment variablesaddress{}
v0.0.1 v0.0.4 Using Prometheus configuration from ConfigMapaddress{}
v0.0.1 v0.4.2 TLS configuration applied to Prometheus HTTPS transport
v0.0.1 v0.4.2 Bearer token loaded from filepath{}
v0.0.1 v0.4.2 CA certificate loaded successfullypath{}
v0.0.1 v0.4.2 Client certificate loaded successfullycert_path{}key_path{}
v0.0.1 v0.4.2 TLS certificate verification is disabled - this is not recommended for production
v0.0.1 v0.4.2 {}transient error getting resource, retrying - resourceType: {} name: {} namesp…
v0.0.1 v0.4.2 {}permanent error updating status for resource {}, name: {}
v0.0.1 v0.4.2 {}transient error updating status, retrying for resource {}, name: {}
v0.0.1 v0.4.2 failed to parse accelerator cost in configmap, skipping acceleratorname{}
v0.0.1 v0.4.2 failed to parse service class data, skipping service classkey{}err{}
v0.0.1 v0.4.2 Setting accelerator name Name {}allocationData {}
v0.0.1 v0.4.2 {}Prometheus API validation failed, retrying - query: {}error: {}
v0.0.1 v0.4.2 Prometheus API validation successful with queryquery{}
v0.0.2 v0.4.2 {}Error querying Prometheus for metrics validationmodel{}namespace{}
v0.0.2 v0.0.4 {}failed to update status condition after optimization failurevariantAutoscaling{}
v0.0.2 v0.0.4 {}failed to set ownerReference - variantAutoscaling-name: {}
v0.0.2 v0.0.4 Set ownerReference on VariantAutoscaling - variantAutoscaling-name: {}, owner: {}
v0.0.3 v0.4.2 {}Failed to emit optimization signals for variantAutoscalingvariantAutoscaling-…
v0.0.3 v0.4.2 Skipping EmitReplicaMetrics for variantAutoscaling: {} - NumReplicas is 0
v0.0.3 v0.4.2 Prometheus warningsmetric{}warnings{}
v0.0.3 v0.4.2 Prometheus query returned non-vector typemetric{}type{}
v0.0.3 v0.0.4 acceleratorName label not found on VariantAutoscaling objectobject-name{}
v0.0.3 v0.0.4 {}failed to emit optimization signals for external autoscalersvariant{}
v0.0.3 v0.0.4 {}failed to patch status for variantAutoscaling after retriesvariantAutoscaling…
v0.0.5 v0.0.5 Loading initial capacity scaling configuration
v0.0.5 v0.4.2 Failed to load initial capacity scaling config, will use defaults{}
v0.0.5 v0.4.2 Capacity scaling configuration loaded successfully
v0.0.5 v0.4.2 Capacity targets: no scaling needed (avgSpareKv={}, avgSpareQueue={}, all varia…
v0.0.5 v0.4.2 Collected replica metrics: modelID={}, namespace={}, replicaCount={}
v0.0.5 v0.4.2 Prometheus query returned warnings: query={}, warnings={}
v0.0.5 v0.4.2 KV cache metrics collected (max over 1m): modelID={}, namespace={}, podCount={}
v0.0.5 v0.4.2 Queue metrics collected (max over 1m): modelID={}, namespace={}, podCount={}
v0.0.5 v0.4.2 Skipping pod that doesn't match any deployment: pod={}, deployments={}
v0.0.5 v0.4.2 Missing acceleratorName label on VariantAutoscaling: variant={}, pod={}
v0.0.5 v0.4.2 Pod-to-variant matching summary: totalPods={}, unmatchedPods={}, variantCounts={}
v0.0.5 v0.4.2 Pod-to-variant matching successful: totalPods={}, variantCounts={}
v0.0.5 v0.4.2 Invalid label selector for deployment: deployment={}, error={}
v0.0.5 v0.4.2 Failed to list pods for deployment: deployment={}, error={}
v0.0.5 v0.4.2 Unable to read optimization config: {}
v0.0.5 v0.4.2 unable to list variantAutoscaling resources: {}
v0.0.5 v0.4.2 Capacity scaling config not loaded yet, using defaults
v0.0.5 v0.4.2 Failed to collect metrics for capacity mode: modelID={}, error={}
v0.0.5 v0.4.2 Capacity analysis failed for modelID={}: {}
v0.0.5 v0.4.2 Unable to read accelerator configMap: {}
v0.0.5 v0.4.2 Config read failed and capacity unavailable, activating safety net: modelID={}
v0.0.5 v0.4.2 Unable to read serviceclass configMap: {}
v0.0.5 v0.4.2 Failed to prepare variant autoscalings: {}
v0.0.5 v0.4.2 Variant preparation failed and capacity unavailable, activating safety net: mod…
v0.0.5 v0.4.2 No potential allocations found for server: {}
v0.0.5 v0.4.2 Model-based optimization failed: {}
v0.0.5 v0.4.2 Both capacity and model-based failed, activating safety net: modelID={}
v0.0.5 v0.4.2 Capacity-only decisions made for model: {} - decision count: {}
v0.0.5 v0.4.2 Capacity analysis failed and model-based disabled, activating safety net: model…
v0.0.5 v0.4.2 Arbitration completed for model: {} - decision count: {}
v0.0.5 v0.4.2 Capacity analysis unavailable, using model-based targets only: modelID={}
v0.0.5 v0.4.2 Applying scaling decisions: totalDecisions={}
v0.0.5 v0.4.2 Failed to apply capacity decisions: {}
v0.0.5 v0.4.2 No scaling decisions to apply
v0.0.5 v0.4.2 Failed to get deployment for VA, using status: name={}, error={}
v0.0.5 v0.4.2 No variant analysis found for decision: variant={} (metrics may be unavailable)
v0.0.5 v0.4.2 Could not get deployment for VA: variant={}, error={}
v0.0.5 v0.4.2 Collected capacity metrics: modelID={}, namespace={}, metricsCount={}
v0.0.5 v0.4.2 Missing accelerator name label for VA, skipping: variant={}
v0.0.5 v0.4.2 Missing variant cost for VA, skipping: variant={}
v0.0.5 v0.4.2 Invalid variant cost for VA, skipping: variant={}, cost={}, error={}
v0.0.5 v0.4.2 Could not get deployment for VA, skipping: variant={}, error={}
v0.0.5 v0.4.2 Unable to get VA for deployment: deployment={}, error={}
v0.0.5 v0.4.2 Unable to fetch metrics for VA: variant={}, error={}
v0.0.5 v0.4.2 VA not found in vaMap: variant={}
v0.0.5 v0.4.2 Found VA in map: variant={}, hasCurrentAlloc={}, accelerator={}
v0.0.5 v0.4.2 failed to get latest VA from API server: name={}, error={}
v0.0.5 v0.4.2 Skipping status update for VA without valid metrics or accelerator: variant={},…
v0.0.5 v0.4.2 failed to emit metrics for external autoscalers: variant={}, error={}
v0.0.5 v0.4.2 failed to update VA status after retries: name={}, error={}
v0.0.5 v0.4.2 Safety net: failed to get latest VA from API server: name={}, error={}
v0.0.5 v0.4.2 Safety net: failed to get current replicas, using VA status: variant={}, error={}
v0.0.5 v0.4.2 Safety net: failed to get current replicas for metrics: variant={}, error={}
v0.0.5 v0.4.2 Safety net: skipping metric emission - no accelerator name available: variant={}
v0.0.5 v0.4.2 Safety net: failed to emit metrics: variant={}, error={}
v0.0.5 v0.4.2 variantAutoscaling missing modelName label, skipping optimization: variantAutos…
v0.0.5 v0.4.2 failed to locate SLO for model: variantAutoscaling-name={}, modelName={}, error={}
v0.0.5 v0.4.2 variantAutoscaling bad model accelerator profile data, skipping optimization: v…
v0.0.5 v0.4.2 variantAutoscaling missing accelerator cost in configMap, skipping optimization…
v0.0.5 v0.4.2 variantAutoscaling unable to parse accelerator cost in configMap, skipping opti…
v0.0.5 v0.4.2 failed to get Deployment after retries: variantAutoscaling-name={}, error={}
v0.0.5 v0.4.2 unable to get variantAutoscaling for deployment: deployment-name={}, namespace=…
v0.0.5 v0.4.2 failed to set ownerReference: variantAutoscaling-name={}, error={}
v0.0.5 v0.4.2 failed to patch ownerReference: variantAutoscaling-name={}, error={}
v0.0.5 v0.4.2 Set ownerReference on VariantAutoscaling: variantAutoscaling-name={}, owner={}
v0.0.5 v0.4.2 unable to fetch metrics, skipping this variantAutoscaling loop: error={}
v0.0.5 v0.4.2 variantAutoscaling bad deployment server data, skipping optimization: variantAu…
v0.0.5 v0.0.5 Failed to reload capacity scaling config cache: error={}
v0.0.5 v0.0.5 Failed to list VariantAutoscaling resources: error={}
v0.0.5 v0.0.5 Triggering reconciliation for all VariantAutoscaling resources due to ConfigMap…
v0.0.5 v0.4.2 TLS configuration validation failed - HTTPS is required: error={}
v0.0.5 v0.4.2 Initializing Prometheus client -> address: {}, tls_enabled: true
v0.0.5 v0.4.2 CRITICAL: Failed to connect to Prometheus - Inferno requires Prometheus connect…
v0.0.5 v0.4.2 Failed to parse capacity scaling config entry, skipping: key={}, error={}
v0.0.5 v0.4.2 Invalid capacity scaling config entry, skipping: key={}, error={}
v0.0.5 v0.4.2 No 'default' entry in capacity scaling ConfigMap, using hardcoded defaults
v0.0.5 v0.4.2 Using Prometheus configuration from environment variables: address={}
v0.0.5 v0.4.2 Using Prometheus configuration from ConfigMap: address={}
v0.0.5 v0.4.2 ServiceMonitor being deleted - Prometheus will not scrape controller metrics: s…
v0.0.5 v0.4.2 conflict updating status (resource version mismatch), retryingresource{}name{}
v0.0.5 v0.4.2 {}resource not found during status updateresource{}name{}
v0.0.5 v0.4.2 {}error fetching resource for status update, retryingresource{}name{}
v0.0.5 v0.4.2 {}permanent error updating statusresource{}name{}
v0.0.5 v0.4.2 conflict updating status (concurrent modification), will retry with fresh fetch…
v0.0.5 v0.4.2 {}transient error updating status, retryingresource{}name{}
v0.0.5 v0.4.2 status updated successfullyresource{}name{}
v0.4.1 v0.4.2 Model-only optimization: no VAs prepared, activating safety net: modelID={}
v0.4.1 v0.4.2 Accelerator not found in CurrentAlloc, using label: va={}
v0.4.1 v0.4.2 Accelerator label not found, empty acceleratorName: va={}
""",
)
