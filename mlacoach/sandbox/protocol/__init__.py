"""AWS's protocols from the server's side, by botocore's models: json, rest-json, query, and errors of rest-xml."""
