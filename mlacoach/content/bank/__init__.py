"""What makes a question fair and true, as far as a machine can tell: the rules of `docs/questions.md`.

`content.rules` holds what a question must be to be shown at all. These rules are for authors: `mlacoach bank lint`.
"""

from mlacoach.content.bank.lint import lint as lint
from mlacoach.content.bank.remark import Remark as Remark
