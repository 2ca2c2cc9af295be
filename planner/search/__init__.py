"""The search: bounds, proofs that no plan exists, exact and large-neighbourhood optimisers, in stages."""
