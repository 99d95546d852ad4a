"""What the bot can do, declared once, by topic; every platform is generated from it."""
