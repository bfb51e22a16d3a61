"""What is asked of moto with us and without us: an operation of boto3's client, and its members."""

import json
from typing import Any

TRUSTED = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [TRUSTED]})
READ = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]})
ROLE = "arn:aws:iam::123456789012:role/any"
BUS = "arn:aws:events:eu-west-1:123456789012:event-bus/bus"
KEY = {"AttributeName": "k", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}
ITEM = {"k": {"S": "a"}, "n": {"N": "1"}, "l": {"L": [{"S": "x"}, {"BOOL": True}]}, "m": {"M": {"é": {"NULL": True}}}}
LIFE = {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": 3}}]}
PUBLIC = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)

Ask = tuple[str, dict[str, Any]]
CALLS: dict[str, list[Ask]] = {
    "s3": [
        ("create_bucket", {"Bucket": "b"}),
        ("create_bucket", {"Bucket": "B_"}),
        ("put_bucket_versioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "Enabled"}}),
        ("put_object", {"Bucket": "b", "Key": "a/1 ü+.txt", "Body": b"one", "Metadata": {"x_y": "z"}}),
        ("put_object", {"Bucket": "b", "Key": "a/1 ü+.txt", "Body": b"two", "Tagging": "t=1&u=2"}),
        ("put_object", {"Bucket": "b", "Key": "c", "Body": b"", "ServerSideEncryption": "AES256"}),
        ("get_object", {"Bucket": "b", "Key": "a/1 ü+.txt", "Range": "bytes=1-"}),
        ("get_object_tagging", {"Bucket": "b", "Key": "a/1 ü+.txt"}),
        ("head_object", {"Bucket": "b", "Key": "none"}),
        ("copy_object", {"Bucket": "b", "Key": "copy", "CopySource": {"Bucket": "b", "Key": "a/1 ü+.txt"}}),
        ("list_objects_v2", {"Bucket": "b", "Delimiter": "/"}),
        ("list_objects_v2", {"Bucket": "b", "MaxKeys": 1}),
        ("list_objects", {"Bucket": "b", "Prefix": "a"}),
        ("list_object_versions", {"Bucket": "b", "Prefix": "a"}),
        ("delete_object", {"Bucket": "b", "Key": "c"}),
        ("delete_objects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "copy"}, {"Key": "none"}]}}),
        ("put_bucket_lifecycle_configuration", {"Bucket": "b", "LifecycleConfiguration": LIFE}),
        ("get_bucket_lifecycle_configuration", {"Bucket": "b"}),
        ("put_public_access_block", {"Bucket": "b", "PublicAccessBlockConfiguration": PUBLIC}),
        ("get_public_access_block", {"Bucket": "b"}),
        ("get_bucket_policy", {"Bucket": "b"}),
        ("get_bucket_location", {"Bucket": "b"}),
        ("delete_bucket", {"Bucket": "b"}),
        ("get_object", {"Bucket": "nowhere", "Key": "k"}),
    ],
    "iam": [
        ("create_user", {"UserName": "u", "Path": "/p/", "Tags": [{"Key": "k", "Value": "v"}]}),
        ("create_user", {"UserName": "u"}),
        ("create_group", {"GroupName": "g"}),
        ("add_user_to_group", {"GroupName": "g", "UserName": "u"}),
        ("list_groups_for_user", {"UserName": "u"}),
        ("put_user_policy", {"UserName": "u", "PolicyName": "own", "PolicyDocument": READ}),
        ("get_user_policy", {"UserName": "u", "PolicyName": "own"}),
        ("put_user_policy", {"UserName": "u", "PolicyName": "bad", "PolicyDocument": "{}"}),
        ("create_policy", {"PolicyName": "p", "PolicyDocument": READ}),
        ("create_policy_version", {
            "PolicyArn": "arn:aws:iam::123456789012:policy/p", "PolicyDocument": READ, "SetAsDefault": True}),
        ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "Description": "<&>"}),
        ("attach_role_policy", {"RoleName": "r", "PolicyArn": "arn:aws:iam::123456789012:policy/p"}),
        ("list_attached_role_policies", {"RoleName": "r"}),
        ("list_entities_for_policy", {"PolicyArn": "arn:aws:iam::123456789012:policy/p"}),
        ("delete_policy", {"PolicyArn": "arn:aws:iam::123456789012:policy/p"}),
        ("delete_role", {"RoleName": "r"}),
        ("update_assume_role_policy", {"RoleName": "r", "PolicyDocument": "not json"}),
        ("create_instance_profile", {"InstanceProfileName": "i"}),
        ("add_role_to_instance_profile", {"InstanceProfileName": "i", "RoleName": "r"}),
        ("get_instance_profile", {"InstanceProfileName": "i"}),
        ("list_users", {"PathPrefix": "/p/"}),
        ("get_role", {"RoleName": "nobody"}),
    ],
    "sts": [
        ("get_caller_identity", {}),
        ("assume_role", {"RoleArn": ROLE, "RoleSessionName": "s"}),
        ("assume_role", {"RoleArn": ROLE, "RoleSessionName": "s", "DurationSeconds": 1}),
        ("get_session_token", {}),
        ("get_federation_token", {"Name": "f"}),
    ],
    "logs": [
        ("create_log_group", {"logGroupName": "/a/b", "tags": {"k": "v"}}),
        ("create_log_group", {"logGroupName": "/a/b"}),
        ("create_log_stream", {"logGroupName": "/a/b", "logStreamName": "s"}),
        ("put_log_events", {"logGroupName": "/a/b", "logStreamName": "s", "logEvents": [
            {"timestamp": 1_790_000_000_000, "message": "é one"}, {"timestamp": 1_790_000_000_001, "message": "two"}]}),
        ("get_log_events", {"logGroupName": "/a/b", "logStreamName": "s", "startFromHead": True}),
        ("filter_log_events", {"logGroupName": "/a/b", "filterPattern": "two"}),
        ("put_retention_policy", {"logGroupName": "/a/b", "retentionInDays": 7}),
        ("put_retention_policy", {"logGroupName": "/a/b", "retentionInDays": 8}),
        ("describe_log_groups", {"logGroupNamePrefix": "/a"}),
        ("describe_log_streams", {"logGroupName": "/a/b"}),
        ("list_tags_log_group", {"logGroupName": "/a/b"}),
        ("put_metric_filter", {"logGroupName": "/a/b", "filterName": "f", "filterPattern": "x",
            "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}),
        ("delete_log_stream", {"logGroupName": "/a/b", "logStreamName": "none"}),
        ("delete_log_group", {"logGroupName": "/a/b"}),
    ],
    "dynamodb": [
        ("create_table", {"TableName": "t", "AttributeDefinitions": list(KEY), "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]}),
        ("put_item", {"TableName": "t", "Item": ITEM}),
        ("put_item", {"TableName": "t", "Item": ITEM, "ConditionExpression": "attribute_not_exists(k)"}),
        ("put_item", {"TableName": "t", "Item": {"k": {"S": "a"}}}),
        ("get_item", {"TableName": "t", "Key": {"k": {"S": "a"}, "n": {"N": "1"}}}),
        ("update_item", {"TableName": "t", "Key": {"k": {"S": "a"}, "n": {"N": "1"}}, "ReturnValues": "ALL_NEW",
            "UpdateExpression": "SET c = if_not_exists(c, :z) + :o", "ExpressionAttributeValues": {
                ":z": {"N": "0"}, ":o": {"N": "2.5"}}}),
        ("query", {"TableName": "t", "KeyConditionExpression": "k = :k AND n > :n", "ExpressionAttributeValues": {
            ":k": {"S": "a"}, ":n": {"N": "0"}}}),
        ("scan", {"TableName": "t", "FilterExpression": "contains(#l, :x)", "ExpressionAttributeNames": {"#l": "l"},
            "ExpressionAttributeValues": {":x": {"S": "x"}}}),
        ("batch_write_item", {"RequestItems": {"t": [{"PutRequest": {"Item": {"k": {"S": "b"}, "n": {"N": "2"}}}}]}}),
        ("batch_get_item", {"RequestItems": {"t": {"Keys": [{"k": {"S": "b"}, "n": {"N": "2"}}]}}}),
        ("transact_write_items", {"TransactItems": [{"ConditionCheck": {"TableName": "t", "Key": {
            "k": {"S": "z"}, "n": {"N": "1"}}, "ConditionExpression": "attribute_exists(k)"}}]}),
        ("execute_statement", {"Statement": "SELECT * FROM t WHERE k = 'b'"}),
        ("update_time_to_live", {"TableName": "t", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "e"}}),
        ("describe_time_to_live", {"TableName": "t"}),
        ("delete_item", {"TableName": "t", "Key": {"k": {"S": "b"}, "n": {"N": "2"}}, "ReturnValues": "ALL_OLD"}),
        ("delete_table", {"TableName": "t"}),
        ("describe_table", {"TableName": "t"}),
    ],
    "kinesis": [
        ("create_stream", {"StreamName": "s", "ShardCount": 2}),
        ("create_stream", {"StreamName": "s", "ShardCount": 2}),
        ("describe_stream_summary", {"StreamName": "s"}),
        ("put_record", {"StreamName": "s", "Data": b"\x00\xff", "PartitionKey": "a"}),
        ("put_records", {"StreamName": "s", "Records": [{"Data": b"1", "PartitionKey": "a"}]}),
        ("list_shards", {"StreamName": "s"}),
        ("add_tags_to_stream", {"StreamName": "s", "Tags": {"k": "v"}}),
        ("list_tags_for_stream", {"StreamName": "s"}),
        ("increase_stream_retention_period", {"StreamName": "s", "RetentionPeriodHours": 48}),
        ("decrease_stream_retention_period", {"StreamName": "s", "RetentionPeriodHours": 72}),
        ("split_shard", {"StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "10"}),
        ("get_shard_iterator", {"StreamName": "s", "ShardId": "none", "ShardIteratorType": "LATEST"}),
        ("delete_stream", {"StreamName": "s"}),
        ("describe_stream", {"StreamName": "s"}),
    ],
    "events": [
        ("create_event_bus", {"Name": "bus"}),
        ("put_rule", {"Name": "r", "EventPattern": '{"source": ["a"]}', "EventBusName": "bus", "Description": "é"}),
        ("put_rule", {"Name": "bad", "EventPattern": "{"}),
        ("put_targets", {"Rule": "r", "EventBusName": "bus", "Targets": [
            {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:q", "InputPath": "$.detail"}]}),
        ("list_targets_by_rule", {"Rule": "r", "EventBusName": "bus"}),
        ("list_rule_names_by_target", {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:q"}),
        ("disable_rule", {"Name": "r", "EventBusName": "bus"}),
        ("describe_rule", {"Name": "r", "EventBusName": "bus"}),
        ("delete_rule", {"Name": "r", "EventBusName": "bus"}),
        ("remove_targets", {"Rule": "r", "EventBusName": "bus", "Ids": ["1"]}),
        ("create_archive", {"ArchiveName": "a", "EventSourceArn": BUS}),
        ("list_archives", {}),
        ("list_event_buses", {"NamePrefix": "bus"}),
        ("describe_rule", {"Name": "none"}),
    ],
}  # fmt: skip
