"""The manufacturer's lists of fault codes (RP-3): symptom, cause, location; a set to begin with."""

import re
from enum import StrEnum
from types import MappingProxyType

from portal.kernel.errors import RuleBroken
from portal.kernel.text import T


class FaultKind(StrEnum):
    """Which list a code stands in."""

    SYMPTOM = "symptom"
    CAUSE = "cause"
    LOCATION = "location"


#: (code, Chinese, English) of each list; what a manufacturer gets who asks for a set to begin with.
DEFAULTS = MappingProxyType(
    {
        FaultKind.SYMPTOM: (
            ("S01", "不能启动", "Does not start"),
            ("S02", "工作中停机", "Stops while working"),
            ("S03", "动力不足", "Lacks power"),
            ("S04", "异响", "Unusual noise"),
            ("S05", "振动过大", "Vibrates too much"),
            ("S06", "漏油、漏水或漏气", "Leaks oil, water or air"),
            ("S07", "过热", "Overheats"),
            ("S08", "无显示或显示异常", "No display, or a wrong one"),
            ("S09", "不充电或续航短", "Does not charge, or runs briefly"),
            ("S10", "制动或操纵失灵", "Brakes or controls fail"),
            ("S11", "外观损伤", "Damaged outside"),
            ("S99", "其他", "Other"),
        ),
        FaultKind.CAUSE: (
            ("C01", "零件制造不良", "Part badly made"),
            ("C02", "装配不良", "Badly assembled"),
            ("C03", "材料缺陷", "Defective material"),
            ("C04", "磨损", "Worn"),
            ("C05", "松动或脱落", "Loose or come off"),
            ("C06", "密封失效", "Seal failed"),
            ("C07", "电气短路或断路", "Short or open circuit"),
            ("C08", "程序或参数错误", "Wrong program or setting"),
            ("C09", "使用或保养不当", "Misused or badly maintained"),
            ("C10", "运输损伤", "Damaged in transport"),
            ("C11", "未发现故障", "No fault found"),
            ("C99", "其他", "Other"),
        ),
        FaultKind.LOCATION: (
            ("L01", "发动机或电机", "Engine or motor"),
            ("L02", "传动", "Transmission"),
            ("L03", "电池与充电", "Battery and charging"),
            ("L04", "控制器与线束", "Controller and wiring"),
            ("L05", "制动", "Brakes"),
            ("L06", "行走与车轮", "Running gear and wheels"),
            ("L07", "工作装置", "Working attachment"),
            ("L08", "液压或管路", "Hydraulics or pipes"),
            ("L09", "仪表与灯光", "Instruments and lights"),
            ("L10", "机架与外壳", "Frame and housing"),
            ("L99", "其他", "Other"),
        ),
    }
)
_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])?")


def normalise_fault(text: str) -> str:
    """A fault code in the spelling that is kept. Raises RuleBroken RP-3 (field `code`)."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        raise RuleBroken("RP-3", T("A fault code has up to 20 letters and digits."), field="code")
    return code
