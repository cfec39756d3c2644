"""Opting out by default: phrases that end all answers, and the one message that confirms it."""

from __future__ import annotations

from collections.abc import Mapping

STOP = "stop"
STOP_CONFIRMATION = "stop_confirmation"

STOP_PHRASES: tuple[str, ...] = ("stop", "unsubscribe", "停止", "退訂", "dừng", "หยุด")
"""`phrases.stop` where no file gives one. Simplified 退订 is found by 退訂."""

STOP_TEXTS: Mapping[str, str] = {
    "en": (
        "You will get no more automatic messages from us here. Our team still reads what you write."
    ),
    "zh-Hant": "您不會再在這裡收到我們的自動訊息。您寫的訊息，我們的同事仍會看到。",
    "zh-Hans": "您不会再在这里收到我们的自动消息。您写的消息，我们的同事仍会看到。",
    "vi": (
        "Bạn sẽ không nhận thêm tin nhắn tự động nào từ chúng tôi tại đây."
        " Nhân viên của chúng tôi vẫn đọc tin nhắn của bạn."
    ),
    "th": "คุณจะไม่ได้รับข้อความอัตโนมัติจากเราที่นี่อีก ทีมงานของเรายังคงอ่านข้อความของคุณอยู่",
}
"""`phrases.stop_confirmation` where no file gives one."""
