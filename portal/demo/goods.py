"""What the two made-up manufacturers make: models, components, parts with their prices, fees."""

from dataclasses import dataclass

from portal.catalogue.rules import Supply


@dataclass(frozen=True)
class Model:
    """A product; `components` are code, name, English name and months of those with a warranty of their own."""

    code: str
    name: str
    name_en: str
    months: int
    components: tuple[tuple[str, str, str, int], ...] = ()


@dataclass(frozen=True)
class SparePart:
    """A part with its first price."""

    code: str
    name: str
    name_en: str
    price: str
    unit: str = "件"
    supply: Supply = Supply.FUND


@dataclass(frozen=True)
class Fee:
    """A line of the fee standard."""

    code: str
    name: str
    name_en: str
    amount: str
    onsite: bool = False


@dataclass(frozen=True)
class Range:
    """Everything of one manufacturer."""

    models: tuple[Model, ...]
    parts: tuple[SparePart, ...]
    fees: tuple[Fee, ...]
    #: Parts whose price rises in the course of the demo, with the new price.
    dearer: tuple[tuple[str, str], ...] = ()


_MOTOR = ("MOTOR", "电机", "Motor", 24)
_CONTROL = ("CTRL", "控制器", "Controller", 24)
_BATTERY = ("BATT", "电池组", "Battery pack", 18)
_ENGINE = ("ENGINE", "发动机", "Engine", 24)

RANGES = {
    "EV": Range(
        models=(
            Model("EB-48", "电动自行车 48V", "E-bike 48 V", 12, (_MOTOR, _CONTROL, _BATTERY)),
            Model("EB-60", "电动摩托车 60V", "E-motorcycle 60 V", 12, (_MOTOR, _CONTROL, _BATTERY)),
            Model("EC-20", "电动货运三轮车", "E-cargo tricycle", 12, (_MOTOR, _CONTROL)),
        ),
        parts=(
            SparePart("P-MOTOR-48", "轮毂电机 48V", "Hub motor 48 V", "385.00", "台"),
            SparePart("P-MOTOR-60", "轮毂电机 60V", "Hub motor 60 V", "468.00", "台"),
            SparePart("P-CTRL-48", "控制器 48V", "Controller 48 V", "118.50"),
            SparePart("P-CTRL-60", "控制器 60V", "Controller 60 V", "142.00"),
            SparePart("P-CHARGER", "充电器", "Charger", "76.00"),
            SparePart("P-DISPLAY", "仪表总成", "Display unit", "64.80"),
            SparePart("P-BRAKE-F", "前碟刹总成", "Front disc brake", "52.30", "套"),
            SparePart("P-BRAKE-R", "后碟刹总成", "Rear disc brake", "49.90", "套"),
            SparePart("P-THROTTLE", "转把", "Throttle", "18.60"),
            SparePart("P-LOCK", "电门锁", "Ignition lock", "22.40", "套"),
            SparePart("P-LAMP", "大灯总成", "Headlamp", "38.00"),
            SparePart("P-TYRE-16", "外胎 16×3.0", "Tyre 16×3.0", "45.50", "条"),
            SparePart("P-SHOCK", "后减震器", "Rear shock absorber", "58.00"),
            SparePart("P-HARNESS", "主线束", "Main harness", "96.00", "套"),
            SparePart(
                "P-BATT-48", "电池组 48V20Ah", "Battery pack 48 V 20 Ah", "1280.00", "组", Supply.EXCHANGE
            ),
            SparePart("P-LABEL", "警示标贴", "Warning labels", "1.20", "套", Supply.FREE),
            SparePart("P-TOOL", "诊断仪", "Diagnostic tool", "860.00", "台", Supply.PURCHASE),
        ),
        fees=(
            Fee("F-MOTOR", "更换电机", "Replace the motor", "60.00"),
            Fee("F-CTRL", "更换控制器", "Replace the controller", "35.00"),
            Fee("F-BRAKE", "更换、调整制动", "Replace and adjust brakes", "25.00"),
            Fee("F-ONSITE", "上门服务", "Going on site", "40.00", onsite=True),
        ),
        dearer=(("P-MOTOR-48", "398.00"), ("P-CHARGER", "79.50")),
    ),
    "FM": Range(
        models=(
            Model("TR-35", "轮式拖拉机 35 马力", "Wheeled tractor 35 hp", 12, (_ENGINE,)),
            Model("RT-08", "微型耕耘机", "Power tiller", 12, (_ENGINE,)),
            Model("HV-12", "小型联合收割机", "Small combine harvester", 12, (_ENGINE,)),
        ),
        parts=(
            SparePart("N-FILTER", "机油滤清器", "Oil filter", "32.00"),
            SparePart("N-PUMP", "喷油泵总成", "Injection pump", "680.00", "台"),
            SparePart("N-CLUTCH", "离合器片", "Clutch plate", "156.00"),
            SparePart("N-BELT", "联合收割机皮带", "Harvester belt", "88.00", "条"),
            SparePart("N-SEAL", "变速箱油封", "Gearbox oil seal", "14.50"),
            SparePart("N-STARTER", "起动机", "Starter motor", "298.00", "台"),
            SparePart("N-BLADE", "旋耕刀", "Tiller blade", "9.80", "把"),
            SparePart("N-TANK", "水箱总成", "Radiator", "236.00"),
        ),
        fees=(
            Fee("F-ENGINE", "发动机检修", "Engine overhaul", "220.00"),
            Fee("F-CLUTCH", "更换离合器", "Replace the clutch", "120.00"),
            Fee("F-FIELD", "下田服务", "Service in the field", "80.00", onsite=True),
        ),
        dearer=(("N-PUMP", "712.00"),),
    ),
}
