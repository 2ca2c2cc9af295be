"""Steps over orders of tasks and ways of VMs. ALGORITHM.md, "Detours that buy time"."""
