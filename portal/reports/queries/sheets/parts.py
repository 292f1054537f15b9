"""每月零件更换清单: what its figures are counted from.

Of the repairs that were over in the month (as the repair monthly report counts them), every record that was not taken
back, in its newest version; one line a part and model of the record's unit.

- replaced: pieces that the record says were fitted.
- in and out of warranty: of these, by who was covered as the record judged it.
- amount: pieces × price of the record's day (PT-10), whoever pays.
- main fault: what most of these records name as symptom; of equally many the first by code.
- old parts returned: pieces that the warehouse counted in the month and that match (PT-9), whenever they were taken
  out; by the model of the repair that they were owed for, else in a line without a model.
"""

from collections import Counter, defaultdict
from decimal import Decimal

from portal.agreements.models import Agreement
from portal.kernel.period import Month
from portal.parts.queries import old_parts
from portal.repairs.queries.months import Symptom, fitted_in, jobs_in, models_of
from portal.reports.queries.sheets.common import UNKNOWN, days_of, fault_of, model_of, words_of
from portal.reports.rules import Compiled, Record, Row

#: A line: a part's code and a model.
Line = tuple[str, str]


def compile_month(agreement: Agreement, month: Month) -> Compiled:
    """The records of a month."""
    first, last = days_of(agreement, month)
    names: dict[Line, str] = {}
    faults: dict[Line, Counter[Symptom]] = defaultdict(Counter)
    records = []
    ended = [
        (job.ended_on, record)
        for job in jobs_in(agreement.dealer_id, first, last)
        if job.ended_on is not None and job.ended_on <= last
        for record in job.records
    ]
    fitted = fitted_in([record for _, record in ended])
    for day, repair in ended:
        for part in fitted.get(repair.id, ()):
            line = (part.code, model_of(repair.model))
            names[line] = part.name
            faults[line][repair.symptom] += 1
            covered = "in_warranty" if repair.cost_class.covered else "out_of_warranty"
            pieces = Decimal(part.pieces)
            values = {"replaced": pieces, covered: pieces, "amount": part.amount}
            words = words_of(repair.serial, repair.symptom)
            records += [
                Record(_key(line), column, repair.number, day, value, words)
                for column, value in values.items()
                if value
            ]
    came_back = old_parts.counted_in(agreement.dealer_id, first, last)
    models = models_of({back.document for back in came_back if back.document})
    for back in came_back:
        line = (back.code, models.get(back.document, UNKNOWN))
        names.setdefault(line, back.name)
        value = Decimal(back.pieces)
        records.append(Record(_key(line), "old_back", back.number, back.on, value, back.document))
    rows = [
        Row(
            _key(line),
            {"code": line[0], "name": name, "model": line[1], "fault": _main(faults[line])},
        )
        for line, name in sorted(names.items(), key=lambda item: (item[0][0], item[0][1] == UNKNOWN, item[0]))
    ]
    return Compiled(tuple(rows), tuple(records))


def _key(line: Line) -> str:
    return "/".join(line)


def _main(counted: Counter[Symptom]) -> str:
    """The symptom that most records name; of equally many the first by code, one without a code last."""
    named = [one for one in counted.items() if str(one[0])]
    if not named:
        return ""
    symptom, _ = min(named, key=lambda one: (-one[1], not one[0].code, one[0].code, one[0].words))
    return fault_of(symptom)
