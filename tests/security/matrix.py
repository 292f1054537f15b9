"""The table of routes: who may use each, on which object, with what.

One line a route: its endpoint, the letters of those who may (see `stage.PERSONAS`; `in` everybody signed in, `public`
everybody), the kind of object in its address, and what differs from the rule: `own=` other answers to somebody who may
on an object of their own (a page answers 200, a submit 303), `else=` other answers where the object isn't theirs (404),
`leaves` that a refused call may leave something: a try that is counted, a draft as far as it was filled in.
"""

from dataclasses import dataclass

TABLE = """
agreements.activate          mo       agreement      own=409,422
agreements.change_terms      mo       agreement
agreements.discard           mo       agreement      own=422
agreements.draft             mo       -              own=422
agreements.history           dtsmflo  agreement
agreements.index             dtsmflo  -
agreements.new               mo       -
agreements.resume            mo       agreement      own=422
agreements.save_terms        mo       agreement      own=422
agreements.show              dtsmflo  agreement
agreements.suspend           mo       agreement
agreements.terminate         mo       agreement
audit.check                  mlo      -
audit.export_csv             mlo      -
audit.export_xlsx            mlo      -
audit.index                  mlo      -
batches.declare              mo       -
batches.index                mflo     -
batches.lift                 mo       batch
batches.new                  mo       -
batches.show                 mflo     batch
calendar.enter               mo       -
calendar.index               dtsmflo  -
calendar.remove              mo       calendar_day
cancellations.confirm        mfo      fee_proposal
cancellations.index          mflo     -
cancellations.new            mfo      -
cancellations.propose        mfo      -
cancellations.show           dmflo    cancelled_fee
cancellations.withdraw       mfo      fee_proposal
card_review.ask              mo       card verb
card_review.bulk             mo       -
card_review.decide           mo       card verb
card_review.decide_many      mo       -
card_review.preview          mo       card verb
card_review.queue            mo       -
card_review.sum_up           mo       -
claim_review.approve_many    mo       -
claim_review.ask             mo       claim
claim_review.bulk            mo       -
claim_review.decide          mo       claim
claim_review.preview         mo       claim
claim_review.queue           mo       -
claim_review.sum_up          mo       -
claims.export                dtsmflo  -
claims.index                 dtsmflo  -
claims.say                   dts      claim_words
claims.send                  dts      claim_words
company.edit                 mo       -
company.save                 mo       -
company.show                 mflo     -
coverage.show                dtsmflo  -
dealers.add                  mo       -
dealers.disable              mo       dealer
dealers.edit                 mo       dealer
dealers.enable               mo       dealer         own=409
dealers.export               mflo     -
dealers.index                mflo     -
dealers.invite_owner         mo       dealer         own=422
dealers.new                  mo       -
dealers.save                 mo       dealer
dealers.show                 mflo     dealer
deliveries.index             dtsmflo  -
deliveries.receive           dts      delivery
deliveries.show              dtsmflo  delivery
differences.answer           mo       difference
differences.index            dtmflo   -
differences.photo            dtmflo   difference_photo
differences.ship_again       mo       answered_difference
differences.show             dtmflo   difference
disputes.index               dmflo    -
documents.look_up            public   -
documents.verify             public   code           leaves
endings.agree                d        handover
endings.decline              d        handover
endings.find_handover        dmflo    handover       own=303
endings.index                dmflo    -
endings.offer                fo       agreement      own=422
endings.settle               fo       agreement
endings.show                 dmflo    agreement
endings.units                dmflo    agreement
endings.withdraw             fo       handover
extensions.ask               dts      unit
extensions.decide            mo       extension
extensions.extend            mo       unit
extensions.index             dtsmflo  -
extensions.new               dts      unit
extensions.offer             mo       unit
extensions.show              dtsmflo  extension
extensions.withdraw          dts      extension
fault_codes.add              mo       -
fault_codes.add_defaults     mo       -
fault_codes.change           mo       fault_code
fault_codes.edit             mo       fault_code
fault_codes.index            dtsmflo  -
feedback.about               dts      feedback_draft
feedback.agree               dts      answered_feedback
feedback.answer              mo       taken_feedback
feedback.ask                 mo       taken_feedback
feedback.autosave            dts      feedback_draft
feedback.begin               dts      -
feedback.change_about        dts      feedback_draft
feedback.check               dts      feedback_draft
feedback.close               mo       closing_feedback
feedback.discard             dts      feedback_draft
feedback.export              dtsmlo   -
feedback.file                dts      feedback_draft
feedback.fill                dts      feedback_draft leaves
feedback.go_on               mo       closing_feedback
feedback.hold_back           mo       written_feedback
feedback.index               dtsmlo   -
feedback.inform              mo       taken_feedback
feedback.new                 dts      -
feedback.object_to           dts      answered_feedback
feedback.offer               mo       answered_feedback
feedback.photo               dtsmlo   feedback_photo
feedback.problem             dts      feedback_draft
feedback.propose             dts      feedback
feedback.release             mo       written_feedback
feedback.report              mo       taken_feedback
feedback.sheet               dtsmlo   feedback
feedback.show                dtsmlo   feedback
feedback.take_on             mo       feedback
feedback.tell                dts      feedback
feedback.upgrade             mo       feedback
fees.add                     mo       -
fees.change                  mo       fee
fees.download                dtsmflo  -
fees.edit                    mo       fee
fees.index                   dtsmflo  -
fees.new                     mo       -
fees.new_fee                 mo       fee
fees.set_fee                 mo       fee
fees.show                    dtsmflo  fee
figures.export               dmflo    -
figures.index                dmflo    -
figures.judge                fo       -
figures.new                  fo       -
figures.record               fo       -
figures.reverse              fo       figure
figures.save                 fo       figure_file
figures.show                 dmflo    figure
figures.template             fo       figure_kind
figures.upload               fo       -
figures.verdicts             fo       figure_file
follow_ups.adopt             dts      repair         own=303,422
follow_ups.index             dtsmflo  -
insight.home                 dtsmflo  -
insight.search               dtsmflo  -
insight.year                 dtmflo   year
insight.year_figure          dtmflo   year_figure
insight.year_pdf             dtmflo   year
insight.years                dtmflo   -              own=200,303
ledger.account               dtmflo   account
ledger.adjust                fo       -
ledger.adjustment            fo       -
ledger.download_movements    dtmflo   -
ledger.entry                 dtmflo   entry
ledger.quarter               dtmflo   quarter
ledger.quota                 dtmflo   -
ledger.show_adjustment       dtmflo   adjustment     own=303
ledger.statement             dtmflo   -
oldparts.arrive              mo       old_batch
oldparts.batches             dtmflo   -
oldparts.box_list            dtmflo   old_batch
oldparts.count               mo       arrived_batch
oldparts.counted             mo       arrived_batch
oldparts.export              dtmflo   -
oldparts.index               dtmflo   -
oldparts.new                 dt       -
oldparts.pack                dt       -
oldparts.receive             mo       -
oldparts.send                dt       old_batch
oldparts.show                dtmflo   old_batch
oldparts.tags                dtmflo   old_batch
oldparts.unpack              dt       old_batch
oldparts.walk_in             mo       -
operator.add                 p        -
operator.index               p        -
operator.invite_admin        p        tenant
operator.lock                p        tenant_member
operator.new                 p        -
operator.show                p        tenant
operator.unlock              p        tenant_member  own=303,409
part_list.add                mo       -
part_list.change             mo       part
part_list.download           dtsmflo  -
part_list.edit               mo       part
part_list.index              dtsmflo  -
part_list.new                mo       -
part_list.new_price          mo       part
part_list.set_price          mo       part
part_list.show               dtsmflo  part
parts.back_orders            dtmflo   -
parts.cancel                 dt       request
parts.confirm_payment        fo       bought_request
parts.count                  dt       shipment
parts.cover                  dt       -
parts.decide                 mo       request
parts.end_rest               mo       approved_request
parts.export                 dtmflo   -
parts.file                   dt       -
parts.index                  dtmflo   -
parts.new                    dt       -
parts.new_difference         dt       received_shipment
parts.receive                dt       shipment
parts.reject                 mo       request
parts.report_difference      dt       received_shipment
parts.sheet                  dtmflo   request
parts.ship                   mo       approved_request
parts.show                   dtmflo   request
parts_months.confirm         dmfo     parts_month
parts_months.export          dtmflo   parts_month
parts_months.index           dtmflo   -
parts_months.show            dtmflo   parts_month
parts_payments.index         fo       -
people.change_roles          dsmo     member
people.disable               dsmo     member
people.enable                dsmo     member         own=409
people.index                 dsmlo    -
people.invite                dsmo     -
people.invite_again          dsmo     member         own=409
people.new                   dsmo     -
people.show                  dsmlo    member
photos.send                  dtsmo    -              leaves
photos.waiting               dtsmo    upload
products.add                 mo       -
products.add_component       mo       product
products.change              mo       product
products.change_component    mo       component
products.edit                mo       product
products.edit_component      mo       component
products.index               dtsmflo  -
products.new                 mo       -
products.new_component       mo       product
products.show                dtsmflo  product
remittances.export           dmflo    -
remittances.index            dmflo    -
remittances.judge            fo       -
remittances.new              fo       -
remittances.record           fo       -
remittances.reverse          fo       remittance
remittances.save             fo       remittance_file
remittances.show             dmflo    remittance
remittances.template         fo       -
remittances.upload           fo       -
remittances.verdicts         fo       remittance_file
repairs.add_photos           dts      repair
repairs.answer               dts      repair_draft
repairs.autosave             dts      repair_draft
repairs.begin                dts      -
repairs.change_unit          dts      repair_draft
repairs.check                dts      repair_draft   own=200,303
repairs.correct              dts      repair
repairs.correcting           dts      repair
repairs.customer             dtsmflo  repair
repairs.discard              dts      repair_draft
repairs.export               dtsmflo  -
repairs.file                 dts      repair_draft
repairs.fill                 dts      repair_draft   leaves
repairs.index                dtsmflo  -
repairs.masked_receipt       dtsmflo  repair
repairs.new                  dts      -
repairs.photo                dtsmflo  repair_photo
repairs.photographing        dts      repair
repairs.print_receipt        dts      repair
repairs.reveal               dtsmo    repair
repairs.show                 dtsmflo  repair
repairs.sign                 dts      repair
repairs.signature            dtsmflo  repair_signature
repairs.signing              dts      repair
repairs.unit                 dts      repair_draft
repairs.void                 dts      repair
repairs.work                 dts      repair_draft
reports.accept               mfo      form
reports.accept_many          mfo      -
reports.accept_month         mfo      dealer_month   own=422
reports.behind               dtmflo   form           own=404
reports.behind_working       dt       month_form     own=404
reports.check                d        month
reports.check_record         mfo      form   own=422
reports.compare              dtmflo   form
reports.dealer_month         mflo     dealer_month
reports.dealer_set_pdf       mflo     dealer_month
reports.dealer_set_xlsx      mflo     dealer_month   own=404
reports.export               mflo     -
reports.form                 dt       month_form
reports.hub                  dt       -
reports.month                dt       month
reports.own_pdf              dt       month_form
reports.own_xlsx             dt       month_form
reports.pdf                  dtmflo   form
reports.prepare              dt       month_form
reports.remark               mfo      form
reports.resubmit             d        form           own=422
reports.review               mflo     -
reports.sampled              mflo     form
reports.save                 dt       month_form
reports.send_back            mfo      form
reports.set_pdf              dt       month
reports.set_xlsx             dt       month
reports.show                 dtmflo   form
reports.submit               d        month
reports.withdraw             d        form
reports.xlsx                 dtmflo   form
return_desk.quarantine       mo       -
return_desk.receiving        mo       -
return_desk.release          mo       quarantined
return_desk.scan             mo       -
returns.answer               dts      asked_return
returns.ask                  mo       return
returns.basket               dts      basket
returns.begin                dts      -
returns.cancel               dts      return
returns.check                dts      basket
returns.count                mo       received_return
returns.decide               mo       return
returns.describe             dts      basket_unit
returns.discard              dts      basket
returns.dispose              mo       return_unit
returns.export               dtsmflo  -
returns.file                 dts      basket
returns.index                dtsmflo  -
returns.inspect              m        return_unit
returns.label                dtsmflo  approved_return
returns.let_go               mo       approved_return own=422
returns.new                  dts      -
returns.one                  mflo     return_unit
returns.photo                dtsmflo  return_photo
returns.preview              mo       return_unit
returns.put_in               dts      basket
returns.send_ahead           mo       return_unit    own=422
returns.send_answer          dts      asked_return
returns.sheet                dtsmflo  return
returns.ship                 dts      approved_return
returns.show                 dtsmflo  return
returns.take_out             dts      basket_unit
returns.unit                 dts      basket_unit
service.act                  dts      service_step
service.call                 dts      service
service.correct              dts      service
service.customer             dtsmflo  service
service.edit                 dts      service
service.export               dtsmflo  -
service.follow_up            dts      service        own=422
service.index                dtsmflo  -
service.new                  dts      -
service.receive              dts      -
service.reveal               dtsmo    service
service.show                 dtsmflo  service
service.take_back            dts      loaner
service_cards.cancel         dts      service_card
service_cards.cards          dtsmflo  -
service_cards.new_card       dts      -
service_cards.sell           dts      -
service_cards.show           dtsmflo  service_card
service_plans.add_plan       dmo      -
service_plans.change_plan    dmo      plan
service_plans.edit_plan      dmo      plan
service_plans.new_plan       dmo      -
service_plans.plans          dtsmflo  -
settlement.close             fo       quarter
settlement.figures           mflo     run
settlement.find_run          mflo     run_number     own=303
settlement.index             mflo     -
settlement.issue             fo       run            own=422
settlement.lift              fo       run_dealer     own=422 else=404,422
settlement.print_file        mflo     print
settlement.quarter           mflo     quarter
settlement.resume            fo       run            own=422
settlement.run               mflo     run
settlement.start             fo       quarter
settlement.stop              fo       run            own=422
statements.confirm           d        statement
statements.dispute           d        statement
statements.export            dmflo    -
statements.index             dmflo    -
statements.lines             dmflo    pdf
statements.pdf               dmflo    pdf
statements.reply             dmfo     statement      own=422
statements.revise            fo       statement
statements.revisions         dmflo    statement
statements.show              dmflo    statement
stock.book                   dts      -
stock.count                  dts      -
stock.count_file             dts      -
stock.count_sheet            dts      -
stock.counted                dts      stocktake
stock.counts                 dts      -
stock.export                 dts      -
stock.index                  dts      -
stock.send_back              dts      part           own=303,422
stock.set_minimum            dts      part
stock.show                   dts      part
tenants.accept               public   token
tenants.ask_reset            public   -              leaves
tenants.change_password      in       -
tenants.choose               in       -
tenants.end_others           in       -
tenants.help                 public   -
tenants.invitation           public   token
tenants.join                 in       token
tenants.new_password         public   token
tenants.profile              in       -
tenants.reset                public   -
tenants.save_profile         in       -
tenants.set_password         public   token
tenants.sign_in              public   -
tenants.sign_in_post         public   -              leaves
tenants.sign_out             in       -
track.form                   public   code
track.look_up                public   code           leaves
units.discard_import         mo       unit_import
units.download               dtsmflo  -
units.import_progress        mo       unit_import    own=303
units.import_template        mo       -
units.index                  dtsmflo  -
units.new_import             mo       -
units.resume_import          mo       unit_import    own=422
units.save_import            mo       unit_import
units.ship                   mo       -
units.ship_post              mo       -
units.show                   dtsmflo  unit
units.show_import            mo       unit_import
units.upload                 mo       -
visits.complete              dts      planned_visit
visits.index                 dtsmflo  -
visits.new                   dts      -
visits.plan                  dts      -
visits.skip                  dts      planned_visit
warranty.autosave            dts      card_draft
warranty.begin               dts      -
warranty.bulk                dts      -
warranty.change_unit         dts      card_draft
warranty.check               dts      card_draft     own=303
warranty.correct             dts      returned_card
warranty.customer            dtsmflo  card
warranty.discard             dts      card_draft
warranty.discard_file        dts      card_file
warranty.export              dtsmflo  -
warranty.file                dts      card_draft
warranty.file_good           dts      card_file
warranty.fill                dts      card_draft     leaves
warranty.index               dtsmflo  -
warranty.new                 dts      -
warranty.photo               dtsmflo  photo
warranty.read                dts      -
warranty.resubmit            dts      returned_card
warranty.reveal              dtsmo    card
warranty.sale                dts      card_draft
warranty.show                dtsmflo  card
warranty.template            dts      -
warranty.unit                dts      card_draft
warranty.verdicts            dts      card_file
warranty.withdraw            dts      card
write_offs.confirm           d        write_off
write_offs.index             dmflo    -
write_offs.issue             fo       prepared_write_off
write_offs.new               fo       dealer
write_offs.object_to         d        write_off
write_offs.pdf               dmflo    write_off
write_offs.prepare           fo       dealer         own=422
write_offs.show              dmflo    write_off
write_offs.withdraw          fo       write_off
"""


@dataclass(frozen=True)
class Row:
    """One route of the table."""

    endpoint: str
    who: str
    kind: str
    #: Whether the address names a verb beside the object.
    verb: bool = False
    leaves: bool = False
    own: frozenset[int] = frozenset()
    elsewhere: frozenset[int] = frozenset({404})


def _row(line: str) -> Row:
    endpoint, who, kind, *rest = line.split()
    options = dict(word.split("=") for word in rest if "=" in word)
    numbers = {name: frozenset(map(int, text.split(","))) for name, text in options.items()}
    return Row(
        endpoint,
        who,
        "" if kind == "-" else kind,
        "verb" in rest,
        "leaves" in rest,
        numbers.get("own", frozenset()),
        numbers.get("else", frozenset({404})),
    )


ROWS = {row.endpoint: row for row in map(_row, TABLE.strip().splitlines())}
