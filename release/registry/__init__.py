"""A client of image registries, by the OCI distribution specification v1.1: login, manifests, blobs, push and pull."""
