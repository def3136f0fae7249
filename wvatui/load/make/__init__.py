"""Load that this session creates: jobs, their rights, and the launcher's orders."""
