from enum import StrEnum

import strawberry


@strawberry.enum
class AttributeInputTypeEnum(StrEnum):
    DROPDOWN = "DROPDOWN"
    MULTISELECT = "MULTISELECT"
    FILE = "FILE"
    REFERENCE = "REFERENCE"
    SINGLE_REFERENCE = "SINGLE_REFERENCE"
    NUMERIC = "NUMERIC"
    RICH_TEXT = "RICH_TEXT"
    PLAIN_TEXT = "PLAIN_TEXT"
    SWATCH = "SWATCH"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    DATE_TIME = "DATE_TIME"


@strawberry.enum
class AttributeTypeEnum(StrEnum):
    PRODUCT_TYPE = "PRODUCT_TYPE"
    PAGE_TYPE = "PAGE_TYPE"
    CUSTOMER_TYPE = "CUSTOMER_TYPE"


@strawberry.enum
class AttributeEntityTypeEnum(StrEnum):
    PAGE = "PAGE"
    PRODUCT = "PRODUCT"
    PRODUCT_VARIANT = "PRODUCT_VARIANT"
    CATEGORY = "CATEGORY"
    COLLECTION = "COLLECTION"


@strawberry.enum
class VariantAttributeScope(StrEnum):
    ALL = "ALL"
    VARIANT_SELECTION = "VARIANT_SELECTION"
    NOT_VARIANT_SELECTION = "NOT_VARIANT_SELECTION"


@strawberry.enum
class MeasurementUnitsEnum(StrEnum):
    MM = "MM"
    CM = "CM"
    DM = "DM"
    M = "M"
    KM = "KM"
    FT = "FT"
    YD = "YD"
    INCH = "INCH"
    SQ_MM = "SQ_MM"
    SQ_CM = "SQ_CM"
    SQ_DM = "SQ_DM"
    SQ_M = "SQ_M"
    SQ_KM = "SQ_KM"
    SQ_FT = "SQ_FT"
    SQ_YD = "SQ_YD"
    SQ_INCH = "SQ_INCH"
    CUBIC_MILLIMETER = "CUBIC_MILLIMETER"
    CUBIC_CENTIMETER = "CUBIC_CENTIMETER"
    CUBIC_DECIMETER = "CUBIC_DECIMETER"
    CUBIC_METER = "CUBIC_METER"
    LITER = "LITER"
    CUBIC_FOOT = "CUBIC_FOOT"
    CUBIC_INCH = "CUBIC_INCH"
    CUBIC_YARD = "CUBIC_YARD"
    QT = "QT"
    PINT = "PINT"
    FL_OZ = "FL_OZ"
    ACRE_IN = "ACRE_IN"
    ACRE_FT = "ACRE_FT"
    G = "G"
    LB = "LB"
    OZ = "OZ"
    KG = "KG"
    TONNE = "TONNE"
