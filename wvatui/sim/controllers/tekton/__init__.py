"""Tekton in its minimal form: PipelineRuns, TaskRuns, their pods."""
