"""Clarify as a processing image: bias metrics before and after training, and SHAP values, from analysis_config.json."""
