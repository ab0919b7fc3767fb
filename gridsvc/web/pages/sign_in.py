"""The page to sign in at: one form in Chinese or English; its script is one of our own files."""

from html import escape

from gridsvc.values import Lang

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_WORDS = {
    "zh": {
        "title": "登录 · 城市网格化管理", "name": "账号", "password": "密码", "go": "登录",
        "provider": "用统一身份登录", "other": "English", "wait": "正在登录…",
        "lost": "无法连接服务，请检查网络后重试。",
        "plain": "请用 https:// 打开本页，否则浏览器不会保存登录。",
    },
    "en": {
        "title": "Sign in · city grid management", "name": "Account", "password": "Password", "go": "Sign in",
        "provider": "Sign in with the city's account", "other": "中文", "wait": "Signing in…",
        "lost": "The service cannot be reached; check the network and try again.",
        "plain": "Open this page by https://, or the browser will not keep you signed in.",
    },
}  # fmt: skip


def sign_in_page(lang: Lang, has_provider: bool = False) -> str:
    """Write the page; ``has_provider`` offers the way by the city's own OpenID provider."""
    words = {name: escape(text) for name, text in _WORDS[lang].items()}
    other = "en" if lang == "zh" else "zh"
    provider = f'<p><a id="provider" href="/login/oidc">{words["provider"]}</a></p>' if has_provider else ""
    return f"""<!doctype html>
<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{words["title"]}</title>
<link rel="icon" href="/static/own/favicon.svg"><link rel="stylesheet" href="/static/own/sign_in.css"></head>
<body><main><h1>{words["title"]}</h1>
<form id="form" data-lang="{lang}" data-wait="{words["wait"]}" data-lost="{words["lost"]}"
 data-plain="{words["plain"]}">
<label for="name">{words["name"]}</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">{words["password"]}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>{words["go"]}</button>
<p id="told" role="alert"></p></form>{provider}
<p><a id="other" href="/login?lang={other}" lang="{"zh-CN" if other == "zh" else "en"}">{words["other"]}</a></p></main>
<script src="/static/own/sign_in.js"></script></body></html>"""
