"""The experimental tuner of the 2025 builds: what it learned is kept in the variant's status."""

from typing import Any

from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.core.rules.wva.model.tuner import (
    MAX_NIS,
    Matrix,
    Observation,
    Tuned,
    first_covariance,
    tune,
)
from wvatui.sim import rfc3339
from wvatui.sim.controllers.wva.v1.wva_model_config import read_parameters, written_parameters
from wvatui.sim.controllers.wva.v1.wva_v1_lines import ServerLine
from wvatui.sim.controllers.wva.v1.wva_v1_status import MAX_BATCH
from wvatui.sim.controllers.wva.wva_cycle import Surroundings
from wvatui.sim.controllers.wva.wva_log import JsonLog, go_bool
from wvatui.sim.controllers.wva.wva_variants import FoundVariant

STATUS = "tunerPerfData"


def current_parameters(
    around: Surroundings, variant: FoundVariant, specified: Parameters
) -> Parameters:
    """What was learned so far, else what the VariantAutoscaling says."""
    return _remembered(around, variant)[0] or specified


def tuned(around: Surroundings, log: JsonLog, server: ServerLine) -> Parameters:
    """One step of the tuner, with its lines; the parameters to go on with."""
    v, slo, now = server.variant, server.slo, server.parameters
    known, covariance = _remembered(around, v)
    full = f"{v.name}/{v.namespace}"
    if known is not None:
        log.debug(
            f"Using state vals from VA status to tune variant {v.name}: alpha= {now.alpha:.6f},"
            f" beta= {now.beta:.6f}, gamma= {now.gamma:.6f}, delta= {now.delta:.6f}"
        )
    log.debug(
        f"[Tuner Config] variant={full} | Initial state: {_named(now)} | SLO targets:"
        f" TTFT={slo.ttft_ms:.2f}ms, ITL={slo.itl_ms:.2f}ms"
        f" | Has covariance={go_bool(covariance is not None)}"
    )
    seen = _observation(server)
    if not seen.is_enough:
        _insufficient(around, log, server, known=known is not None)
        return now
    step = tune(now, covariance or first_covariance(now), seen, slo)
    _verdict(log, server, step)
    log.debug(
        f"Model tuner results: model={v.model}, accelerator={v.accelerator},"
        f" {_named(step.parameters)}, NIS={step.nis:.2f}"
    )
    log.debug(
        f"Updated tuner status for variant {v.name}: {_named(step.parameters)}, NIS={step.nis:.6f}"
    )
    if step.accepted:
        p = step.parameters
        log.info(
            f"Tuned performance parameters result: variant {full} - alpha: {p.alpha:.6f},"
            f" beta: {p.beta:.6f}, gamma: {p.gamma:.6f}, delta: {p.delta:.6f}"
        )
    _remember(around, v, step.parameters, step.covariance, step.nis)
    return step.parameters


def _observation(server: ServerLine) -> Observation:
    load, replicas = server.load, max(1, server.variant.status_replicas)
    return Observation(
        load.arrival_per_min / replicas,
        load.input_tokens,
        load.output_tokens,
        MAX_BATCH,
        load.ttft_ms,
        load.itl_ms,
    )


def _verdict(log: JsonLog, server: ServerLine, step: Tuned) -> None:
    v = server.variant
    full = f"variant {v.name}/{v.namespace}"
    if step.accepted:
        log.info(
            f"Tuner validation succeeded for {full}, server {server.name} - New NIS: {step.nis:.6f}"
        )
        return
    nis, state = f"NIS={step.nis:.2f}", _named(step.parameters)
    log.warn(
        f"Tuner validation failed ({nis}), validation error: normalized innovation squared"
        f" ({nis}) exceeds threshold ({MAX_NIS:.2f}), rejecting update as outlier - returning"
        f" previous state: {state}"
    )
    log.warn(
        f"Tuner NIS validation failed for {full}, server {server.name} ({nis} exceeds threshold"
        f" {MAX_NIS:.2f}) - Keeping previous state: {state}"
    )
    log.info(
        f"Keeping previous tuned parameters for {full} due to NIS validation failure"
        f" (NIS={step.nis:.6f})"
    )


def _insufficient(around: Surroundings, log: JsonLog, server: ServerLine, *, known: bool) -> None:
    """No load, nothing to learn from."""
    v, now = server.variant, server.parameters
    full = f"{v.name}/{v.namespace}"
    load, seen = server.load, _observation(server)
    environment = " ".join(
        f"{value:g}"
        for value in (
            seen.rate_per_min,
            load.output_tokens,
            load.input_tokens,
            MAX_BATCH,
            load.ttft_ms,
            load.itl_ms,
            v.status_replicas,
        )
    )
    log.warn(
        f"Tuner failed completely for variant {full}: failed to get/create tuner: failed to create"
        f" tuner: invalid environment: &{{{environment}}}. Using fallback parameters."
    )
    if known:
        log.info(f"Using tuned parameters from status for variant {full}")
    else:
        log.info(f"Using fallback parameters for variant {full}: {_named(now)}")
    log.debug(f"Updated SystemData for model={v.model}, accelerator={v.accelerator}: {_named(now)}")
    if not known:
        state = ", ".join(f"{value:.6f}" for value in now)
        log.debug(
            f"Updated VA status for variant {full}, model {v.model}, accelerator {v.accelerator}:"
            f" state=[{state}]"
        )


def _named(p: Parameters) -> str:
    return f"alpha={p.alpha:.6f}, beta={p.beta:.6f}, gamma={p.gamma:.6f}, delta={p.delta:.6f}"


def _remembered(
    around: Surroundings, variant: FoundVariant
) -> tuple[Parameters | None, Matrix | None]:
    obj = around.store.get(variant.kind, variant.namespace, variant.name) or {}
    kept = (obj.get("status") or {}).get(STATUS) or {}
    rows = kept.get("covarianceMatrix") or []
    matrix = tuple(tuple(float(value) for value in row) for row in rows)
    return read_parameters(kept.get("perfParms") or {}), matrix or None


def _remember(
    around: Surroundings, v: FoundVariant, parameters: Parameters, covariance: Matrix, nis: float
) -> None:
    def change(obj: dict[str, Any]) -> None:
        obj.setdefault("status", {})[STATUS] = {
            "model": v.model,
            "accelerator": v.accelerator,
            "updatedAt": rfc3339.seconds(around.timeline.now),
            "perfParms": written_parameters(parameters),
            "nis": f"{nis:.6f}",
            "covarianceMatrix": [[repr(value) for value in row] for row in covariance],
        }

    around.store.patch(v.kind, v.namespace, v.name, change)
