"""Country names of order books: ISO 3166 codes, and the language a shop would write in."""

from __future__ import annotations

_COUNTRIES: dict[str, tuple[str, str]] = {
    "Australia": ("AU", "en"),
    "Austria": ("AT", "de"),
    "Bahrain": ("BH", "en"),
    "Belgium": ("BE", "nl"),
    "Brazil": ("BR", "en"),
    "Canada": ("CA", "en"),
    "Channel Islands": ("JE", "en"),
    "Cyprus": ("CY", "en"),
    "Czech Republic": ("CZ", "en"),
    "Denmark": ("DK", "en"),
    "EIRE": ("IE", "en"),
    "Finland": ("FI", "sv"),
    "France": ("FR", "fr"),
    "Germany": ("DE", "de"),
    "Greece": ("GR", "en"),
    "Hong Kong": ("HK", "en"),
    "Iceland": ("IS", "en"),
    "Israel": ("IL", "en"),
    "Italy": ("IT", "en"),
    "Japan": ("JP", "en"),
    "Korea": ("KR", "en"),
    "Lebanon": ("LB", "en"),
    "Lithuania": ("LT", "en"),
    "Malta": ("MT", "en"),
    "Netherlands": ("NL", "nl"),
    "Nigeria": ("NG", "en"),
    "Norway": ("NO", "en"),
    "Poland": ("PL", "en"),
    "Portugal": ("PT", "en"),
    "RSA": ("ZA", "en"),
    "Saudi Arabia": ("SA", "en"),
    "Singapore": ("SG", "en"),
    "Spain": ("ES", "es"),
    "Sweden": ("SE", "sv"),
    "Switzerland": ("CH", "de"),
    "Thailand": ("TH", "en"),
    "USA": ("US", "en"),
    "United Arab Emirates": ("AE", "en"),
    "United Kingdom": ("GB", "en"),
    "West Indies": ("JM", "en"),
}
_ELSEWHERE = ("GB", "en")  # "Unspecified", "European Community" and whatever is not listed: the shop's own


def country_and_locale(name: str) -> tuple[str, str]:
    """ISO country code and mail locale for a country as the source names it."""
    return _COUNTRIES.get(name, _ELSEWHERE)
