internal import Crypto
internal import HTTP
internal import JSON

/// The reference of all interfaces as one page: nothing is loaded from anywhere, and nothing runs.
struct ReferencePage {
    private static let style = """
        :root{color-scheme:light dark;--page:#f7f4ee;--sheet:#fffdf9;--ink:#1b1d22;--dim:#6d6a63;
        --line:#e3ddd1;--gold:#a3660b;--green:#13805a;--red:#c2412d;--blue:#2a62b8}
        @media(prefers-color-scheme:dark){:root{--page:#0c0e12;--sheet:#12151b;--ink:#eceef2;
        --dim:#8d939f;--line:#222731;--gold:#f2b04a;--green:#4fd1a1;--red:#ff7b66;--blue:#7fb0ff}}
        *{box-sizing:border-box}html{scroll-padding-top:1rem}
        body{margin:0 auto;max-width:84rem;padding:clamp(14px,2.2vw,40px);background:var(--page);
        color:var(--ink);font:16px/1.5 Inter,-apple-system,"Segoe UI Variable Text","Segoe UI",
        Roboto,"Helvetica Neue",Arial,sans-serif}
        a{color:inherit;text-decoration-color:var(--gold);text-underline-offset:3px}
        a:hover{color:var(--gold)}:focus-visible{outline:2px solid var(--gold);outline-offset:2px}
        h1{font-size:26px;letter-spacing:-.02em;margin:0}h1+p,.dim{color:var(--dim)}
        h2{font-size:24px;letter-spacing:-.02em;margin:3rem 0 0}
        h3{font-size:15px;margin:1.4rem 0 .5rem;color:var(--dim);font-weight:600}
        h4{font-size:14px;margin:1rem 0 .25rem}
        .frame{display:grid;grid-template-columns:13rem minmax(0,1fr);gap:clamp(20px,3vw,56px)}
        nav{position:sticky;top:1rem;align-self:start;max-height:calc(100vh - 2rem);
        overflow:auto;font-size:14px;padding-top:3rem}
        nav ul{list-style:none;margin:0 0 .7rem;padding:0}nav ul ul{padding-left:.8rem}
        nav a{text-decoration:none}nav li li{color:var(--dim)}
        details{border:1px solid var(--line);border-radius:10px;margin:.4rem 0;
        background:var(--sheet)}
        summary{cursor:pointer;padding:.55rem .9rem;display:flex;gap:.2rem .9rem;flex-wrap:wrap;
        align-items:baseline;border-radius:10px}summary::-webkit-details-marker{display:none}
        details>div{padding:0 .9rem .9rem}
        code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
        overflow-wrap:anywhere}
        .m{font-weight:700;font-size:13px;width:4.4rem;color:var(--blue)}
        .post{color:var(--green)}.put,.patch{color:var(--gold)}.delete{color:var(--red)}
        .d{color:var(--dim);margin-left:auto;text-align:right}
        table{border-collapse:collapse;width:100%;font-size:14px}
        th,td{text-align:left;vertical-align:top;padding:.3rem .9rem .3rem 0;
        border-top:1px solid var(--line);overflow-wrap:anywhere}.c{white-space:nowrap}
        @media(max-width:800px){.frame{display:block}nav{position:static;max-height:none;
        padding-top:1rem;columns:2}nav ul{break-inside:avoid}.d{margin-left:0;width:100%;
        text-align:left}}
        """

    /// The policy under which a browser shows the page: this style and nothing else.
    static let contentPolicy =
        "default-src 'none'; style-src 'sha256-"
        + Base64.encode(Digest.sha256(Array(style.utf8)))
        + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private static let schemaPrefix = "#/components/schemas/"
    private var text = ""

    /// The page of an OpenAPI document.
    static func html(_ document: JSONValue) -> String {
        var page = ReferencePage()
        page.write(document)
        return page.text
    }

    private mutating func write(_ document: JSONValue) {
        let title = MarkupText.escape(document["info"]?["title"]?.string ?? "Reference")
        let summary = MarkupText.escape(document["info"]?["summary"]?.string ?? "")
        text += "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        text += "<title>\(title)</title><style>\(Self.style)</style></head><body>"
        text += "<h1>\(title)</h1><p>\(summary)</p>"
        let server = MarkupText.escape(document["servers"]?[0]?["url"]?.string ?? "")
        text += "<p><code>\(server)</code> · <a href=\"/openapi.json\">OpenAPI 3.1</a>"
        text += " · <a href=\"/\">The platform alive</a></p>"
        let sections = Section.all(of: document)
        text += "<div class=\"frame\">"
        writeContents(sections)
        text += "<main>"
        for section in sections { write(section) }
        if sections.isEmpty { text += "<p>No service has described itself yet.</p>" }
        text += "<h2 id=\"schemas\">Schemas</h2>"
        for schema in document["components"]?["schemas"]?.object ?? [:] {
            writeSchema(schema.name, schema.value)
        }
        text += "</main></div></body></html>\n"
    }

    private mutating func writeContents(_ sections: [Section]) {
        text += "<nav aria-label=\"Contents\">"
        for section in sections {
            let service = MarkupText.escape(section.service)
            text += "<ul><li><a href=\"#service-\(service)\"><strong>\(service)</strong></a><ul>"
            for tag in section.tags {
                let name = MarkupText.escape(tag.name)
                text += "<li><a href=\"#\(service)-\(name)\">\(name)</a></li>"
            }
            text += "</ul></li></ul>"
        }
        text += "<ul><li><a href=\"#schemas\"><strong>Schemas</strong></a></li></ul></nav>"
    }

    private mutating func write(_ section: Section) {
        let service = MarkupText.escape(section.service)
        text += "<h2 id=\"service-\(service)\">\(service)</h2>"
        for tag in section.tags {
            let name = MarkupText.escape(tag.name)
            text += "<h3 id=\"\(service)-\(name)\">\(name)</h3>"
            for entry in tag.operations { writeOperation(entry.method, entry.path, entry.value) }
        }
    }

    private mutating func writeOperation(
        _ method: String, _ path: String, _ operation: JSONValue
    ) {
        let summary = MarkupText.escape(operation["summary"]?.string ?? "")
        text += "<details><summary><span class=\"m \(method)\">\(method.uppercased())</span>"
        text +=
            "<code>\(MarkupText.escape(path))</code><span class=\"d\">\(summary)</span></summary>"
        text += "<div><p>\(Self.access(operation))</p>"
        if let description = operation["description"]?.string {
            text += "<p>\(Self.marked(description))</p>"
        }
        let parameters = operation["parameters"]?.array ?? []
        if !parameters.isEmpty {
            text += "<h4>Parameters</h4><table>"
            for parameter in parameters {
                let place = parameter["in"]?.string ?? ""
                writeRow(
                    parameter["name"]?.string ?? "", parameter["schema"] ?? .null,
                    isRequired: parameter["required"]?.bool ?? false,
                    remark: "\(place). \(parameter["description"]?.string ?? "")")
            }
            text += "</table>"
        }
        if let content = operation["requestBody"]?["content"]?.object {
            text += "<h4>Body</h4><p>\(Self.content(content))</p>"
        }
        text += "<h4>Answers</h4><table>"
        for response in operation["responses"]?.object ?? [:] {
            let description = Self.marked(response.value["description"]?.string ?? "")
            let content = Self.content(response.value["content"]?.object ?? [:])
            text += "<tr><td class=\"c\">\(MarkupText.escape(response.name))</td>"
            text += "<td>\(description)</td><td>\(content)</td></tr>"
        }
        text += "</table></div></details>"
    }

    private mutating func writeSchema(_ name: String, _ schema: JSONValue) {
        let name = MarkupText.escape(name)
        text += "<details id=\"schema-\(name)\"><summary><code>\(name)</code></summary><div>"
        if let description = schema["description"]?.string {
            text += "<p>\(Self.marked(description))</p>"
        }
        let required = schema["required"]?.array?.compactMap(\.string) ?? []
        if let properties = schema["properties"]?.object {
            text += "<table>"
            for property in properties {
                writeRow(
                    property.name, property.value,
                    isRequired: required.contains(property.name),
                    remark: property.value["description"]?.string ?? "")
            }
            text += "</table>"
        } else {
            text += "<p>\(Self.type(schema))</p>"
        }
        text += "</div></details>"
    }

    private mutating func writeRow(
        _ name: String, _ schema: JSONValue, isRequired: Bool, remark: String
    ) {
        text += "<tr><td><code>\(MarkupText.escape(name))</code>\(isRequired ? " *" : "")</td>"
        text += "<td>\(Self.type(schema))</td><td>\(Self.marked(remark))</td></tr>"
    }
}

extension ReferencePage {
    private static func access(_ operation: JSONValue) -> String {
        let roles = operation["x-souk-roles"]?.array?.compactMap(\.string) ?? []
        if !roles.isEmpty { return MarkupText.escape("For \(roles.joined(separator: ", ")).") }
        let isOpen = operation["security"]?.array?.contains(.object([:])) ?? true
        return isOpen ? "Open." : "Needs an access token."
    }

    private static func content(_ content: JSONObject) -> String {
        content.map { type in
            "<code>\(MarkupText.escape(type.name))</code> \(Self.type(type.value["schema"] ?? .null))"
        }.joined(separator: "<br>")
    }

    /// A schema in a few words, with a link where it has a name.
    private static func type(_ schema: JSONValue) -> String {
        if let target = schema["$ref"]?.string, target.hasPrefix(schemaPrefix) {
            let name = MarkupText.escape(String(target.dropFirst(schemaPrefix.count)))
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            if let parts = schema[key]?.array {
                return parts.map(type).joined(separator: key == "allOf" ? " and " : " or ")
            }
        }
        if let values = schema["enum"]?.array {
            return values.compactMap(\.string).map { "<code>\(MarkupText.escape($0))</code>" }
                .joined(separator: " or ")
        }
        if let items = schema["items"] { return "list of \(type(items))" }
        if let values = schema["additionalProperties"], values.object != nil {
            return "object of \(type(values))"
        }
        let names =
            schema["type"]?.string.map { [$0] } ?? schema["type"]?.array?.compactMap(\.string)
        let format = schema["format"]?.string.map { " (\($0))" } ?? ""
        return MarkupText.escape((names ?? ["anything"]).joined(separator: " or ") + format)
    }

    /// A sentence of a description: what stands between backticks is code.
    private static func marked(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        if parts.count % 2 == 0 { return MarkupText.escape(text) }
        return parts.enumerated().map { index, part in
            let part = MarkupText.escape(String(part))
            return index % 2 == 0 ? part : "<code>\(part)</code>"
        }.joined()
    }
}
