/// The parts of the mail page that are always the same.
enum MailPageParts {
    static let style = """
        :root{color-scheme:light dark;--ink:#1c1917;--soft:#78716c;--line:#e7e5e4;--paper:#fff;\
        --back:#fafaf9;--accent:#b45309;--chosen:#fef3c7}
        @media(prefers-color-scheme:dark){:root{--ink:#f5f5f4;--soft:#a8a29e;--line:#292524;\
        --paper:#1c1917;--back:#0c0a09;--accent:#fbbf24;--chosen:#422006}}
        *{box-sizing:border-box;margin:0}
        body{height:100vh;display:flex;flex-direction:column;background:var(--back);\
        color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
        a{color:inherit;text-decoration:none}
        header{display:flex;align-items:center;gap:16px;padding:12px 20px;\
        border-bottom:1px solid var(--line);background:var(--paper)}
        h1{font-size:18px;font-weight:700;letter-spacing:-.01em;margin-right:auto}
        h1 span{color:var(--accent)}
        input,button{font:inherit;color:inherit;border:1px solid var(--line);border-radius:8px;\
        padding:5px 12px;background:var(--back)}
        input{width:min(260px,40vw)}
        h1,button{white-space:nowrap}
        button{cursor:pointer}
        button:disabled{opacity:.4;cursor:default}
        button:hover:enabled,input:focus{border-color:var(--accent);outline:none}
        main{flex:1;display:flex;min-height:0}
        nav{width:340px;flex:none;overflow-y:auto;border-right:1px solid var(--line);\
        background:var(--paper)}
        .count,.more{padding:10px 20px 6px;font-size:12px;color:var(--soft)}
        ol{list-style:none;padding:0}
        li a{display:grid;grid-template-columns:1fr auto;column-gap:12px;padding:10px 20px;\
        border-left:3px solid transparent;border-bottom:1px solid var(--line)}
        li a:hover{background:var(--back)}
        li a[aria-current]{background:var(--chosen);border-left-color:var(--accent)}
        li b,li>a>span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
        li b{font-weight:600}
        li>a>span{grid-column:1/-1;font-size:13px;color:var(--soft)}
        time{font-size:12px;line-height:1.9;color:var(--soft);font-variant-numeric:tabular-nums}
        .date{display:none}
        article{flex:1;min-width:0;display:flex;flex-direction:column;overflow-y:auto;\
        padding:24px 28px}
        h2{font-size:22px;line-height:1.3;letter-spacing:-.01em;overflow-wrap:anywhere}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0 16px;\
        font-size:14px}
        dt{color:var(--soft)}
        dd{overflow-wrap:anywhere}
        .tabs{display:flex;gap:4px;border-bottom:1px solid var(--line);margin-bottom:16px}
        .tabs a{padding:6px 12px;color:var(--soft);border-bottom:2px solid transparent;\
        margin-bottom:-1px}
        .tabs a[aria-current]{color:var(--ink);border-color:var(--accent);font-weight:600}
        .tabs a:hover{color:var(--ink)}
        .raw{margin-left:auto}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:16px 18px;background:var(--paper);\
        border:1px solid var(--line);border-radius:10px;\
        font:13px/1.6 ui-monospace,SFMono-Regular,Menlo,monospace}
        iframe{flex:1;min-height:320px;width:100%;border:1px solid var(--line);\
        border-radius:10px;background:#fff;color-scheme:light}
        .empty{margin:auto;text-align:center;color:var(--soft)}
        .empty b{color:var(--ink);font-size:18px}
        @media(max-width:720px){body{height:auto}main{flex-direction:column}\
        nav{width:auto;max-height:40vh;border-right:0;border-bottom:1px solid var(--line)}\
        header{padding:12px;gap:10px}form{flex:1;min-width:0}input{width:100%}\
        article{padding:18px 20px}.tabs{gap:0;overflow-x:auto}.tabs a{padding:6px 8px}}
        """

    /// Looks for new messages while somebody looks at the page, and deletes them when asked.
    static let script = """
        const list = document.getElementById("list"), clear = document.getElementById("clear");
        async function refresh() {
          if (document.hidden) return;
          try {
            const answer = await fetch(location.href);
            if (!answer.ok) return;
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const fresh = page.getElementById("list");
            if (!fresh || fresh.innerHTML === list.innerHTML) return;
            if (document.querySelector(".empty")) return location.reload();
            list.innerHTML = fresh.innerHTML;
            clear.disabled = page.getElementById("clear").disabled;
          } catch {}
        }
        setInterval(refresh, 2000);
        clear.addEventListener("click", async () => {
          if (!confirm("Delete all messages?")) return;
          await fetch("/mail/messages", { method: "DELETE" });
          location.href = "/mail";
        });
        """
}
