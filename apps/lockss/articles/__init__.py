"""What a preserved page says of the article it shows: its meta tags, its front matter in JATS, and a DOI in its own URL
(metadata §2.1, §2.3). Pure."""

from apps.lockss.articles.address import doi_in_url
from apps.lockss.articles.jats import jats_tags
from apps.lockss.articles.keys import article_keys, question_keys
from apps.lockss.articles.page import LOOKED_AT, MetaTag, meta_tags
from apps.lockss.articles.record import (
    REVISION,
    Article,
    ArticleCode,
    ArticleFinding,
    Rank,
    article_of,
)

__all__ = [
    "LOOKED_AT",
    "REVISION",
    "Article",
    "ArticleCode",
    "ArticleFinding",
    "MetaTag",
    "Rank",
    "article_keys",
    "article_of",
    "doi_in_url",
    "jats_tags",
    "meta_tags",
    "question_keys",
]
