"""Where a family is not by the rule. Data, so that what is special can be read in one place.

AWS's sentences are those that people have seen and reported; where nobody has, the rule's own sentence is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Difference:
    """What is special about a family. What is empty goes by the rule.

    Attributes:
        words: the noun in sentences.
        keys: the members that name one.
        arn_member: the member of Create's answer that is the ARN.
        arn_path: the part of the ARN before the name.
        status_member: where Describe shows the status.
        settled: the status of one that is stored.
        must_run: is a resource of this kind nothing unless it runs? Then its creation is refused without a runner.
        stops: Stop is accepted in these states only.
        busy: Delete is refused in these states.
        busy_says: the sentence of that refusal.
        absent_code: the code for one that is not there; by the rule, what Describe's model lists.
        absent: the sentence for one that is not there: {key}, {arn}, {words}.
        taken_code: the code for a name that is taken.
        taken: the sentence for it.
        identified: the generated id's beginning, such as `d-`; for families named by an id.
        adds: members of Update that are appended to a list of the record.
        merges: members of Update that are merged into a map of the record.
        drops: members of Update that name what goes from a map of the record.
        clears: members of Update that, when true, make a field go.
        erases: the member of Update that lists fields which go.
        renames: members of Create or Update under another name than Describe's; empty: shown nowhere.
        defaults: what Describe shows where nothing was said.
    """

    words: str = ""
    keys: tuple[str, ...] = ()
    arn_member: str = ""
    arn_path: str = ""
    status_member: str = ""
    settled: str = ""
    must_run: bool = False
    stops: tuple[str, ...] = ("InProgress",)
    busy: tuple[str, ...] = ()
    busy_says: str = ""
    absent_code: str = ""
    absent: str = ""
    taken_code: str = ""
    taken: str = ""
    identified: str = ""
    adds: Mapping[str, str] = field(default_factory=dict)
    merges: tuple[str, ...] = ()
    drops: Mapping[str, str] = field(default_factory=dict)
    clears: Mapping[str, str] = field(default_factory=dict)
    erases: str = ""
    renames: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)


COULD_NOT_FIND = 'Could not find {words} "{arn}".'
ALREADY_EXISTING = 'Cannot create already existing {words} "{arn}".'
NO_JOB = "Could not find requested job with name: {key}"
UNIQUE_JOB = (
    "{Words} names must be unique within an AWS account and region, and a {words} with this name already exists ({arn})"
)
UNIQUE_NAME = "{Words} names must be unique within an AWS account and region. {Words} with name ({key}) already exists."

# What several families have in common.
HOSTING = Difference(
    absent_code="ValidationException",
    absent=COULD_NOT_FIND,
    taken_code="ValidationException",
    taken=ALREADY_EXISTING,
)
JOB = Difference(
    must_run=True,
    absent_code="ValidationException",
    absent=NO_JOB,
    taken_code="ResourceInUse",
    taken=UNIQUE_JOB,
    busy=("InProgress", "Stopping"),
)
NAMED = Difference(absent_code="ResourceNotFound", taken_code="ValidationException", taken=UNIQUE_NAME)
LINEAGE = replace(NAMED, merges=("Properties",), drops={"PropertiesToRemove": "Properties"})

DIFFERENCES: Mapping[str, Difference] = {
    # What must run.
    "TrainingJob": replace(JOB, absent="Requested resource not found."),
    "ProcessingJob": JOB,
    "TransformJob": JOB,
    "HyperParameterTuningJob": replace(
        JOB,
        absent_code="ResourceNotFound",
        absent="Amazon SageMaker can't find a tuning job with the name {key}.",
    ),
    "AutoMLJob": Difference(must_run=True, arn_path="automl-job", absent_code="ResourceNotFound"),
    "AutoMLJobV2": Difference(
        must_run=True, status_member="AutoMLJobStatus", arn_path="automl-job", absent_code="ResourceNotFound"
    ),
    "CompilationJob": Difference(must_run=True, status_member="CompilationJobStatus", stops=("INPROGRESS", "STARTING")),
    "EdgePackagingJob": Difference(must_run=True, stops=("INPROGRESS", "STARTING"), arn_member="EdgePackagingJobArn"),
    "InferenceRecommendationsJob": Difference(must_run=True, stops=("IN_PROGRESS", "PENDING")),
    "LabelingJob": Difference(must_run=True, stops=("Initializing", "InProgress")),
    "OptimizationJob": Difference(must_run=True, stops=("INPROGRESS", "STARTING")),
    "AIBenchmarkJob": Difference(must_run=True),
    "AIRecommendationJob": Difference(must_run=True),
    "Job": Difference(must_run=True),
    "TrainingSession": Difference(must_run=True),
    "ModelCardExportJob": Difference(must_run=True),
    "Endpoint": replace(
        HOSTING,
        must_run=True,
        busy=("Creating", "Updating", "RollingBack", "SystemUpdating", "Deleting"),
        busy_says='Cannot update in-progress endpoint "{arn}".',
        # What one update asks for is kept apart from what the last one left; its runner takes it up.
        renames={
            "DeploymentConfig": "_DeploymentConfig",
            "RetainDeploymentConfig": "_RetainDeploymentConfig",
            "RetainAllVariantProperties": "_RetainAllVariantProperties",
            "ExcludeRetainedVariantProperties": "_ExcludeRetainedVariantProperties",
        },
    ),
    "InferenceComponent": replace(HOSTING, must_run=True, busy=("Creating", "Updating")),
    "InferenceExperiment": Difference(must_run=True, stops=("Running", "Created")),
    "InferenceRouter": Difference(must_run=True),
    "MonitoringSchedule": Difference(must_run=True, settled="Scheduled", stops=("Scheduled", "Pending")),
    "Cluster": Difference(must_run=True),
    "ClusterExtension": Difference(must_run=True),
    "App": Difference(must_run=True),
    "MlflowTrackingServer": Difference(must_run=True, stops=("Created", "Started", "MaintenanceComplete")),
    "MlflowApp": Difference(must_run=True),
    "PartnerApp": Difference(must_run=True),
    "TrainingPlan": Difference(must_run=True),
    "Project": Difference(must_run=True),
    "EdgeDeploymentPlan": Difference(must_run=True),
    # What is stored.
    "Model": HOSTING,
    "EndpointConfig": replace(HOSTING, words="endpoint configuration"),
    "FeatureGroup": Difference(
        absent_code="ResourceNotFound",
        absent="Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {key}",
        taken_code="ResourceInUse",
        taken="Resource Already Exists: FeatureGroup with name {key} already exists. Choose a different name.",
        adds={"FeatureAdditions": "FeatureDefinitions"},
        merges=("OnlineStoreConfig", "ThroughputConfig"),
        busy=("Creating",),
        defaults={"NextToken": ""},
    ),
    "Pipeline": replace(NAMED, absent="Pipeline '{arn}' does not exist."),
    "ModelPackageGroup": Difference(
        absent_code="ValidationException",
        absent="ModelPackageGroup {arn} does not exist.",
        taken_code="ValidationException",
        taken="Model Package Group already exists: {arn}",
    ),
    "Experiment": NAMED,
    "Trial": replace(NAMED, arn_path="experiment-trial"),
    "TrialComponent": replace(
        NAMED,
        arn_path="experiment-trial-component",
        merges=("Parameters", "InputArtifacts", "OutputArtifacts"),
        drops={
            "ParametersToRemove": "Parameters",
            "InputArtifactsToRemove": "InputArtifacts",
            "OutputArtifactsToRemove": "OutputArtifacts",
        },
        defaults={"Metrics": []},
    ),
    "Action": LINEAGE,
    "Context": LINEAGE,
    "Artifact": replace(LINEAGE, identified="a"),
    "Domain": Difference(
        identified="d-",
        absent_code="ResourceNotFound",
        absent="Domain [{key}] does not exist.",
        renames={"DomainSettingsForUpdate": "DomainSettings"},
        merges=("DefaultUserSettings", "DefaultSpaceSettings", "DomainSettings"),
    ),
    "UserProfile": Difference(merges=("UserSettings",), absent="UserProfile [{key}] does not exist."),
    "Space": Difference(merges=("SpaceSettings",)),
    "ClusterSchedulerConfig": Difference(
        renames={"TargetVersion": "ClusterSchedulerConfigVersion"}, defaults={"ClusterSchedulerConfigVersion": 1}
    ),
    "ComputeQuota": Difference(renames={"TargetVersion": "ComputeQuotaVersion"}, defaults={"ComputeQuotaVersion": 1}),
    "NotebookInstance": Difference(
        absent_code="ValidationException",
        absent="RecordNotFound",
        stops=("InService",),
        busy=("InService", "Pending", "Stopping", "Updating"),
        busy_says="Status (InService) not in ([Stopped, Failed]). Unable to transition to (Deleting) for Notebook "
        "Instance ({arn}).",
        renames={
            "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
            "SecurityGroupIds": "SecurityGroups",
        },
        clears={
            "DisassociateLifecycleConfig": "NotebookInstanceLifecycleConfigName",
            "DisassociateAcceleratorTypes": "AcceleratorTypes",
            "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
            "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
        },
    ),
    "Image": Difference(settled="CREATED", erases="DeleteProperties"),
    "HumanTaskUi": Difference(renames={"UiTemplate": ""}, defaults={"UiTemplate": {}}),
    "FlowDefinition": Difference(settled="Active"),
    "ModelCard": Difference(defaults={"ModelCardVersion": 1}),
    "CodeRepository": Difference(absent_code="ValidationException", absent="Cannot find Code Repository: {arn}"),
    "Workteam": Difference(arn_path="workteam/private-crowd"),
    "Algorithm": Difference(
        absent_code="ValidationException",
        absent="Algorithm {arn} does not exist.",
        defaults={"AlgorithmStatusDetails": {}},
    ),
    "Hub": Difference(settled="InService"),
    "DeviceFleet": Difference(arn_member="DeviceFleetArn", renames={"EnableIotRoleAlias": ""}),
    "NotebookInstanceLifecycleConfig": Difference(absent_code="ValidationException"),
}

# Families whose operations have code of their own.
NOT_MECHANICAL = frozenset({"ModelPackage", "ImageVersion"})

# Families whose list is not called after their plural.
LISTS: Mapping[str, str] = {"AutoMLJobV2": "ListAutoMLJobs", "HumanTaskUi": "ListHumanTaskUis"}

# Filters of lists whose name does not say which field they are about.
FILTERS: Mapping[tuple[str, str], str] = {
    ("ListContexts", "SourceUri"): "Source.SourceUri",
    ("ListActions", "SourceUri"): "Source.SourceUri",
    ("ListArtifacts", "SourceUri"): "Source.SourceUri",
    ("ListTrialComponents", "SourceArn"): "Source.SourceArn",
    ("ListMonitoringSchedules", "MonitoringJobDefinitionName"): "MonitoringScheduleConfig.MonitoringJobDefinitionName",
    ("ListMonitoringSchedules", "MonitoringTypeEquals"): "MonitoringScheduleConfig.MonitoringType",
    ("ListTrainingJobs", "WarmPoolStatusEquals"): "WarmPoolStatus.Status",
    ("ListStudioLifecycleConfigs", "AppTypeEquals"): "StudioLifecycleConfigAppType",
    ("ListNotebookInstances", "AdditionalCodeRepositoryEquals"): "AdditionalCodeRepositories",
    ("ListOptimizationJobs", "OptimizationContains"): "OptimizationConfigs",
}
