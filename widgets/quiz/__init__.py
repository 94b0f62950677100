"""GradientQuiz: predict each gradient before it is shown."""
