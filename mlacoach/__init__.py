"""mlacoach: a study coach and hands-on lab runner for the AWS ML Engineer - Associate exam."""

__version__ = "0.1.0"
