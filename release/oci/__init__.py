"""The formats of OCI images, as image-spec v1.1 has them: layers, layouts, archives; written, read and compared."""
