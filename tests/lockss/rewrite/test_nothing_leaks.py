"""A page that holds every attribute a browser fetches or follows, and CSS: none of it leads to the live web."""

import pytest

from tests.lockss.rewrite.pieces import AT, PAGE, html
from tests.lockss.rewrite.seen import css_urls, live_links

L = "http://live.example/"
ELEMENTS = [
    f"<html manifest={L}>",
    f"<link rel=stylesheet href={L}>",
    f"<link rel='icon' href={L}>",
    f"<link rel=manifest href={L}>",
    f"<link rel=preload as=font href={L}>",
    f"<link rel=preload as=image imagesrcset='{L}x 1x, {L}y 2x'>",
    f"<link rel=prefetch href={L}>",
    f"<link rel=modulepreload href={L}>",
    "<link rel=preconnect href=//live.example>",
    "<link rel=dns-prefetch href=//live.example>",
    f"<meta http-equiv=refresh content='1; url={L}'>",
    f"<script src={L}></script>",
    f"<style>@import '{L}';@import url({L});a{{b:url({L});c:image-set('{L}' 1x);d:\\75rl({L})}}</style>",
    f"<body background={L}>",
    f"<a href={L} ping={L} attributionsrc={L}>",
    f"<map><area href={L} ping={L}></map>",
    f"<img src={L} srcset='{L} 1x, {L}2 2x' lowsrc={L} dynsrc={L} longdesc={L}>",
    f"<picture><source srcset={L}></picture>",
    f"<video src={L} poster={L}><source src={L}><track src={L}></video>",
    f"<audio src={L}></audio>",
    f"<bgsound src={L}>",
    f"<iframe src={L} longdesc={L}></iframe>",
    f"<iframe srcdoc='<img src={L}><style>a{{b:url({L})}}</style><iframe srcdoc=\"<img src={L}>\">'></iframe>",
    f"<embed src={L}>",
    f"<object data={L} codebase={L} archive='{L} {L}' classid={L}><param name=movie value={L}></object>",
    f"<applet codebase={L} archive={L}></applet>",
    f"<portal src={L}></portal><fencedframe src={L}></fencedframe><layer src={L}></layer>",
    f"<form action={L}><button formaction={L}><input type=image src={L} formaction={L}></form>",
    f"<blockquote cite={L}></blockquote><q cite={L}></q><del cite={L}></del><ins cite={L}></ins>",
    f"<table background={L}><tr background={L}><td background={L}><th background={L}></table>",
    f"<menuitem icon={L}>",
    f"<p style='background:url({L})'>",
    f"<p style='background:url(&quot;{L}&quot;)'>",
    f"<p style=background:\\75rl({L})>",
    f"<image src={L}>",
    f"<svg xml:base={L}><image href={L} xlink:href={L} /><use href={L} /><a xlink:href={L}></a></svg>",
    f"<svg><script href={L}></script><script xlink:href={L}></script></svg>",
    f"<svg><style>a{{b:url({L})}}</style><style><![CDATA[ a>b{{b:url({L})}} ]]></style></svg>",
    f"<svg><filter><feImage href={L} /></filter><linearGradient href={L} /><pattern xlink:href={L} /></svg>",
    f"<svg><rect fill='url({L})' stroke='url({L})' filter='url({L})' mask='url({L})' clip-path='url({L})' mask-image='url({L})' /></svg>",
    f"<svg><path cursor='url({L}),auto' marker='url({L})' marker-start='url({L})' marker-mid='url({L})' marker-end='url({L})' /></svg>",
    f"<svg><image><set attributeName=href to={L} /><animate attributeName=xlink:href values='{L};{L}' /></image></svg>",
    f"<svg><rect><animate attributeName=fill from='url({L})' to='url({L})' by='url({L})' /></rect></svg>",
    f"<svg><foreignObject><img src={L}></foreignObject></svg>",
    f"<math href={L}><mi xlink:href={L}></mi></math>",
    f"<noscript><img src={L}></noscript>",
    f"<base href={L}><img src=x><a href='?q'>",
    f"<base href={L}><base href={L}2>",
    "<a href=//live.example/><a href='\\\\live.example'><a href='ht\ntp:live.example'><a href='HTTPS:live.example'>",
    "<a href='&#104;ttp:&sol;/live.example'><a href='&#x0a;http://live.example'><a href=' //live.example'>",
]


@pytest.mark.parametrize("element", ELEMENTS)
def test_no_attribute_leads_to_the_live_web(element: str) -> None:
    at = f"http://node.example{AT}mp_/{PAGE}"
    # The judge sees what was there before, so that it would see what is left.
    connects = "rel=preconnect" in element or "dns-prefetch" in element
    assert live_links(element, "http://node.example/") or connects
    assert live_links(html(element).decode(), at) == []


def test_templates_are_rewritten_too() -> None:
    """The judge does not look into them; scripts may."""
    assert L not in html(f"<template><img src={L}></template>").decode().replace(f"{AT}im_/{L}", "")


def test_the_whole_page_together() -> None:
    page = "\n".join(ELEMENTS)
    after = html(page).decode()
    assert live_links(after, f"http://node.example{AT}mp_/{PAGE}") == []
    assert html(after).decode() == after


def test_the_judge_of_style_sheets_sees_what_there_is() -> None:
    sheet = "@import 'a';@import url(b);c{d:url('e') image-set('f' 1x) \\75 rl(g)}"
    assert sorted(css_urls(sheet)) == ["a", "b", "e", "f", "g"]
