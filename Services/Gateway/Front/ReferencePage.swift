internal import Crypto
internal import JSON

/// The reference of all interfaces as one page: nothing is loaded from anywhere, and nothing runs.
struct ReferencePage {
    private static let style = """
        :root{color-scheme:light dark;--line:#8884;--dim:#888}
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
        details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0}
        summary{cursor:pointer;padding:.5rem .75rem;display:flex;gap:.75rem;align-items:baseline}
        details>div{padding:0 .75rem .75rem}
        code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}
        .m{font-weight:700;min-width:4rem}.d{color:var(--dim);margin-left:auto;text-align:right}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;
        border-top:1px solid var(--line)}
        """

    /// The policy under which a browser shows the page: this style and nothing else.
    static let contentPolicy =
        "default-src 'none'; style-src 'sha256-"
        + Base64.encode(Digest.sha256(Array(style.utf8)))
        + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private static let schemaPrefix = "#/components/schemas/"
    private static let methods = ["get", "post", "put", "patch", "delete", "head", "options"]

    private var text = ""

    /// The page of an OpenAPI document.
    static func html(_ document: JSONValue) -> String {
        var page = ReferencePage()
        page.write(document)
        return page.text
    }

    private mutating func write(_ document: JSONValue) {
        let title = Self.escaped(document["info"]?["title"]?.string ?? "Reference")
        let summary = Self.escaped(document["info"]?["summary"]?.string ?? "")
        text += "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        text += "<title>\(title)</title><style>\(Self.style)</style></head><body>"
        text += "<h1>\(title)</h1><p>\(summary)</p>"
        let server = Self.escaped(document["servers"]?[0]?["url"]?.string ?? "")
        text += "<p><code>\(server)</code> · <a href=\"/openapi.json\">OpenAPI 3.1</a></p>"
        for tag in document["tags"]?.array ?? [] {
            if let name = tag["name"]?.string { writeSection(name, document) }
        }
        if document["paths"]?.object?.isEmpty ?? true {
            text += "<p>No service has described itself yet.</p>"
        }
        text += "<h2>Schemas</h2>"
        for schema in document["components"]?["schemas"]?.object ?? [:] {
            writeSchema(schema.name, schema.value)
        }
        text += "</body></html>\n"
    }

    private mutating func writeSection(_ tag: String, _ document: JSONValue) {
        text += "<h2>\(Self.escaped(tag))</h2>"
        for path in document["paths"]?.object ?? [:] {
            for method in Self.methods {
                guard let operation = path.value[method],
                    operation["tags"]?.array?.contains(.string(tag)) == true
                else { continue }
                writeOperation(method, path.name, operation)
            }
        }
    }

    private mutating func writeOperation(
        _ method: String, _ path: String, _ operation: JSONValue
    ) {
        let summary = Self.escaped(operation["summary"]?.string ?? "")
        text += "<details><summary><span class=\"m\">\(method.uppercased())</span>"
        text += "<code>\(Self.escaped(path))</code><span class=\"d\">\(summary)</span></summary>"
        text += "<div><p>\(Self.access(operation))</p>"
        if let description = operation["description"]?.string {
            text += "<p>\(Self.escaped(description))</p>"
        }
        let parameters = operation["parameters"]?.array ?? []
        if !parameters.isEmpty {
            text += "<h3>Parameters</h3><table>"
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
            text += "<h3>Body</h3><p>\(Self.content(content))</p>"
        }
        text += "<h3>Answers</h3><table>"
        for response in operation["responses"]?.object ?? [:] {
            let description = Self.escaped(response.value["description"]?.string ?? "")
            let content = Self.content(response.value["content"]?.object ?? [:])
            text += "<tr><td>\(Self.escaped(response.name))</td>"
            text += "<td>\(description)</td><td>\(content)</td></tr>"
        }
        text += "</table></div></details>"
    }

    private mutating func writeSchema(_ name: String, _ schema: JSONValue) {
        let name = Self.escaped(name)
        text += "<details id=\"schema-\(name)\"><summary><code>\(name)</code></summary><div>"
        if let description = schema["description"]?.string {
            text += "<p>\(Self.escaped(description))</p>"
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
        text += "<tr><td><code>\(Self.escaped(name))</code>\(isRequired ? " *" : "")</td>"
        text += "<td>\(Self.type(schema))</td><td>\(Self.escaped(remark))</td></tr>"
    }
}

extension ReferencePage {
    private static func access(_ operation: JSONValue) -> String {
        let roles = operation["x-souk-roles"]?.array?.compactMap(\.string) ?? []
        if !roles.isEmpty { return escaped("For \(roles.joined(separator: ", ")).") }
        let isOpen = operation["security"]?.array?.contains(.object([:])) ?? true
        return isOpen ? "Open." : "Needs an access token."
    }

    private static func content(_ content: JSONObject) -> String {
        content.map { type in
            "<code>\(escaped(type.name))</code> \(Self.type(type.value["schema"] ?? .null))"
        }.joined(separator: "<br>")
    }

    /// A schema in a few words, with a link where it has a name.
    private static func type(_ schema: JSONValue) -> String {
        if let target = schema["$ref"]?.string, target.hasPrefix(schemaPrefix) {
            let name = escaped(String(target.dropFirst(schemaPrefix.count)))
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            if let parts = schema[key]?.array {
                return parts.map(type).joined(separator: key == "allOf" ? " and " : " or ")
            }
        }
        if let values = schema["enum"]?.array {
            return values.compactMap(\.string).map { "<code>\(escaped($0))</code>" }
                .joined(separator: " or ")
        }
        if let items = schema["items"] { return "list of \(type(items))" }
        if let values = schema["additionalProperties"], values.object != nil {
            return "object of \(type(values))"
        }
        let names =
            schema["type"]?.string.map { [$0] } ?? schema["type"]?.array?.compactMap(\.string)
        let format = schema["format"]?.string.map { " (\($0))" } ?? ""
        return escaped((names ?? ["anything"]).joined(separator: " or ") + format)
    }

    /// Text as it may stand in content and attributes.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
