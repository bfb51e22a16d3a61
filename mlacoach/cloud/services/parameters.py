"""AWS Systems Manager: parameters, which labs read; their stacks make them."""

from mlacoach.cloud.services.family import Family, codes

FAMILIES = (Family(service="ssm", absent=codes("ParameterNotFound")),)
