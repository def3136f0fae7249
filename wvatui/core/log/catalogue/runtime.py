"""Messages of controller-runtime, client-go and the Go runtime between the controller's own."""

from collections.abc import Mapping
from typing import Any

from wvatui.core.log import facts as fc
from wvatui.core.log.row import CatalogueRow, Facts, plain
from wvatui.core.log.values import text_of


def became_leader(fields: Mapping[str, Any]) -> Facts:
    """The event `<identity> became leader` {type, object: {kind: Lease, name, namespace}, …}.

    The identity is part of the message. client-go writes a line of its own: `acquired`.
    """
    lease = fields.get("object")
    if not isinstance(lease, Mapping):
        return ()
    name, namespace = text_of(lease, "name"), text_of(lease, "namespace")
    return (fc.Leader(event="acquired", lease=f"{namespace}/{name}" if namespace else name),)


def _leader(message: str, event: Any, mark: str) -> Facts:
    lease = message.partition(mark)[2].partition(": ")[0].strip().rstrip(".")
    return (fc.Leader(event=event, lease=lease),)


def attempting(message: str) -> Facts:
    """`attempting to acquire leader lease ns/name...`."""
    return _leader(message, "attempting", "lease ")


def acquired(message: str) -> Facts:
    """`successfully acquired lease ns/name`."""
    return _leader(message, "acquired", "lease ")


def lost(message: str) -> Facts:
    """`failed to renew lease ns/name: …` and `stopped leading`: the process ends after it."""
    return _leader(message, "lost", "lease ")


def trouble(message: str) -> Facts:
    """The lease could not be read or written; the holder tries again."""
    return _leader(message, "trouble", "resource lock ")


ZAP = (
    CatalogueRow("rt/became-leader", "{}became leader", fields=became_leader),
    *plain(
        "rt",
        """
- - odd number of arguments passed as key-value pairs for logging
- - non-string key argument passed to logging, ignoring all later arguments
- - strongly-typed Zap Field passed to logr
- - Ignored key without a value.
- - Ignored key-value pairs with non-string keys.
- - Multiple errors without a key.
- - Starting EventSource
- - Starting Controller
- - Starting workers
- - Starting metrics server
- - Serving metrics server
- - starting server
- - Starting server
- - Caches populated
- - Reconciler error
- - Reconcile successful
- - Reconciling
- - Observed a panic
- - Observed a panic in reconciler: {}
- - Shutdown signal received, waiting for all workers to finish
- - All workers finished
- - Stopping and waiting for {}
- - Stopping and waiting for webhooks
- - Wait completed, proceeding to shutdown the manager
- - shutting down server
- - Shutting down metrics server with timeout of 1 minute
- - Timed out waiting for shutdown of metrics server
- - Shutting down webhook server with timeout of 1 minute
- - Starting webhook server
- - Serving webhook server
- - Registering webhook
- - skip registering a mutating webhook, object does not implement {}
- - skip registering a validating webhook, object does not implement {}
- - Starting certificate poll+watcher
- - Starting certificate watcher
- - Updated current TLS certificate
- - certificate event
- - error re-reading certificate
- - error reading certificate
- - Authentication failed
- - Authorization failed
- - error received after stop sequence was engaged
- - leader election lost
- - leader election error
- - error retrieving resource lock {}
- - failed to list {}
- - Failed to watch
- - Failed to watch {}
- - watch of {}
- - kind must be registered to the Scheme
- - if kind is a CRD, it should be installed before calling Start
- - Warning: Reconciler returned both a {}
- - Reconciler returned both a {}
- - Waited before sending request
- - Waited for {}
- - Throttling request took {}
- - Could not construct reference{}
- - Unable to write event{}
- - Server rejected event{}
- - Event occurred
- - unknown field {}
- - http: TLS handshake error {}
""",
    ),
)
"""Lines of the zap logger (any encoder), with and without fields."""

KLOG = (
    CatalogueRow("klog/attempting", "attempting to acquire leader lease {}", facts=attempting),
    CatalogueRow("klog/acquired", "successfully acquired lease {}", facts=acquired),
    CatalogueRow("klog/renew-failed", "failed to renew lease {}", facts=lost),
    CatalogueRow("klog/stopped-leading", "stopped leading{}", facts=lost),
    CatalogueRow("klog/leaderelection-lost", "leaderelection lost{}", facts=lost),
    CatalogueRow("klog/lock-trouble", "error retrieving resource lock {}", facts=trouble),
    CatalogueRow(
        "klog/lock-init-trouble",
        "error initially creating leader election record: {}",
        facts=trouble,
    ),
    CatalogueRow("klog/lock-update-trouble", "Failed to update lock{}", facts=trouble),
    CatalogueRow("klog/lock-release-trouble", "Failed to release lock{}", facts=trouble),
    CatalogueRow("klog/lock-held", "lock is held by {}"),
    *plain(
        "klog",
        """
- - Could not construct reference{}
- - Caches populated{}
- - Waited before sending request{}
- - Waited for {}
- - Throttling request took {}
- - Unhandled Error{}
- - Failed to watch{}
- - failed to list {}
- - couldn't get resource list for {}
- - unable to handle {}
- - watch of {}
- - Unable to write event{}
- - Server rejected event{}
- - Event occurred{}
- - Warning: {}
- - unknown field {}
- - Observed a panic{}
- - Trace[{}
- - Starting reflector{}
- - Stopping reflector{}
- - Listing and watching{}
- - Watch close{}
""",
    ),
)
"""client-go's own lines, written by klog."""
