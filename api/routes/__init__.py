"""Operations of the API, one module a resource. Each gives a router made for given services."""
