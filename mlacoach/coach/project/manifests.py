"""Kubernetes manifests among YAML documents, held against Kubernetes' published schemas and habits of operation."""

from collections.abc import Iterator, Mapping
from typing import Any

Manifest = Mapping[str, Any]
PODS_OF = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
# What kubectl itself reads has the form of a manifest, and is none.
NO_RESOURCES = frozenset({"Config", "List"})


def manifests_in(text: str) -> list[Manifest]:
    """The documents that are Kubernetes manifests.

    Raises:
        yaml.YAMLError: the text is no YAML. Tags of other tools, such as CloudFormation's, are none of our business.
    """
    import yaml  # noqa: PLC0415 - 30 ms

    nodes = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    keys = [{key.value for key, _ in node.value if isinstance(key.value, str)} for node in nodes if _is_mapping(node)]
    if not any({"apiVersion", "kind"} <= names for names in keys):
        return []
    return [one for one in yaml.safe_load_all(text) if _is_manifest(one)]


def _is_mapping(node: object) -> bool:
    import yaml  # noqa: PLC0415

    return isinstance(node, yaml.MappingNode)


def _is_manifest(document: object) -> bool:
    return isinstance(document, dict) and all(isinstance(document.get(key), str) for key in ("apiVersion", "kind"))


def problems_of(manifest: Manifest) -> list[str] | None:
    """What is wrong with a manifest; None if the schemas are not installed."""
    try:
        from kubernetes_validate import utils as schemas  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    try:
        schemas.validate(dict(manifest), schemas.latest_version(), strict=True)
    except schemas.ValidationError as error:
        where = ".".join(str(step) for step in error.path)
        return [f"{where}: {error.message}" if where else str(error.message)]
    except schemas.SchemaNotFoundError:
        return _without_a_schema(manifest)
    return list(_habits(manifest))


def _without_a_schema(manifest: Manifest) -> list[str]:
    """What Kubernetes' own groups (no dot in their names) do not have is wrong; the rest belongs to an extension."""
    version, kind = manifest["apiVersion"], manifest["kind"]
    if "." in version.partition("/")[0] or kind in NO_RESOURCES:
        return []
    return [f"there is no {kind} in {version}"]


def _habits(manifest: Manifest) -> Iterator[str]:
    """What the schema allows and nobody should run: no requests, no limit of memory, no probes, any version."""
    if manifest["kind"] not in PODS_OF:
        return
    for container in manifest["spec"]["template"]["spec"]["containers"]:
        name, resources = container["name"], container.get("resources") or {}
        if not {"cpu", "memory"} <= (resources.get("requests") or {}).keys():
            yield f"the container {name} requests no CPU or no memory"
        if "memory" not in (resources.get("limits") or {}):
            yield f"the container {name} has no limit of memory"
        missing = [probe for probe in ("readinessProbe", "livenessProbe") if not container.get(probe)]
        yield from (f"the container {name} has no {probe}" for probe in missing)
        image = str(container.get("image", "")).rpartition("/")[2]
        if image.endswith(":latest") or not {":", "@"} & set(image):
            yield f"the image of {name} has no fixed version"
