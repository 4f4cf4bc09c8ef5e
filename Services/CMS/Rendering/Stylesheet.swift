internal import Crypto

/// How pages look: one column of text in a light and a dark form, without anything to load.
enum Stylesheet {
    static let text = """
        :root{color-scheme:light dark;--paper:#fdfcfa;--ink:#1f2328;--soft:#646b75;--line:#e4e1db;\
        --accent:#9a3412;--tint:#f5f1ea}
        @media(prefers-color-scheme:dark){:root{--paper:#15171b;--ink:#e3e5e8;--soft:#98a0ab;\
        --line:#2c3038;--accent:#fdba74;--tint:#1e2127}}
        *{box-sizing:border-box}
        html{font-size:112.5%;-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--paper);color:var(--ink);line-height:1.65;\
        font-family:Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,serif;\
        overflow-wrap:break-word}
        .bar,main,footer{max-width:40rem;margin:0 auto;padding:0 1.25rem}
        .bar{display:flex;justify-content:space-between;align-items:baseline;padding-top:1.5rem;\
        font-family:system-ui,sans-serif;font-size:.9rem}
        .bar a{color:var(--soft);text-decoration:none}
        .bar .home{color:var(--ink);font-weight:700;letter-spacing:.02em}
        .bar a:hover{color:var(--accent)}
        main{padding-top:3rem;padding-bottom:4rem}
        h1,h2,h3,h4,h5,h6{line-height:1.25;margin:2em 0 .6em;text-wrap:balance}
        h1{font-size:2.2rem;letter-spacing:-.015em;margin-top:0}
        h2{font-size:1.45rem}h3{font-size:1.2rem}h4,h5,h6{font-size:1rem}
        article h1{font-size:1.7rem;margin-top:1.6em}
        .meta{color:var(--soft);font-family:system-ui,sans-serif;font-size:.85rem;margin:-.4rem 0 0}
        .lead{color:var(--soft);font-size:1.15rem;margin:.6rem 0 0}
        article{margin-top:2.2rem}
        p,ul,ol,blockquote,pre,table{margin:0 0 1.15em}
        a{color:var(--accent);text-decoration-thickness:.08em;text-underline-offset:.18em}
        img,video{max-width:100%;height:auto;border-radius:.4rem}
        blockquote{margin-left:0;padding:.1em 0 .1em 1.1em;border-left:3px solid var(--line);\
        color:var(--soft)}
        blockquote>:last-child{margin-bottom:0}
        code,pre{font-family:ui-monospace,"Cascadia Code",Menlo,Consolas,monospace;font-size:.86em}
        code{background:var(--tint);border-radius:.25rem;padding:.12em .35em}
        pre{background:var(--tint);border-radius:.5rem;padding:1em 1.15em;overflow-x:auto;\
        line-height:1.5}
        pre code{background:none;padding:0;font-size:1em}
        hr{border:0;border-top:1px solid var(--line);margin:2.5em 0}
        table{display:block;width:max-content;max-width:100%;overflow-x:auto;\
        border-collapse:collapse;font-family:system-ui,sans-serif;font-size:.88rem}
        th,td{padding:.5em .9em;border-bottom:1px solid var(--line);text-align:left}
        :is(th,td):first-child{padding-left:0}
        th{font-weight:600;color:var(--soft)}
        [align=right]{text-align:right}[align=center]{text-align:center}
        li>ul,li>ol{margin-bottom:0}
        li:has(>input[type=checkbox]){list-style:none;margin-left:-1.2em}
        li>input[type=checkbox]{margin:0 .5em 0 0}
        .notice{background:var(--tint);border:1px solid var(--line);border-radius:.5rem;\
        padding:.7em 1em;font-family:system-ui,sans-serif;font-size:.85rem;margin:0 0 2rem}
        .list{list-style:none;padding:0;margin:2rem 0 0}
        .list li{padding:1.3rem 0;border-top:1px solid var(--line)}
        .list h2{margin:0;font-size:1.3rem}
        .list h2 a{color:inherit;text-decoration:none}.list h2 a:hover{color:var(--accent)}
        .list .meta{margin:.3rem 0 0}.list p{margin:.5rem 0 0}
        footer{padding-top:1.2rem;padding-bottom:3rem;color:var(--soft);\
        font-family:system-ui,sans-serif;font-size:.8rem}
        footer div{border-top:1px solid var(--line);padding-top:1.2rem}
        @media print{.bar,footer{display:none}body{background:#fff;color:#000}}
        """

    /// As a content security policy names it.
    static let source = "'sha256-\(Base64.encode(Digest.sha256(Array(text.utf8))))'"
}
