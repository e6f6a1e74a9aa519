"""Origins that an attacker could own: strangers, and look-alikes of allowed origins."""

from __future__ import annotations

STRANGER = "https://evil.example"
