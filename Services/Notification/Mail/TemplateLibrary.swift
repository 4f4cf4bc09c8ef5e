/// All texts, checked when the program starts: a template with an unknown placeholder or without
/// one of its parts stops the start.
struct TemplateLibrary: Sendable {
    /// What every template may say.
    static let common: Set<String> = ["platform_url"]

    private let templates: [String: Template]
    private let layout: Template
    private let platformURL: String

    /// - Parameters:
    ///   - sources: the files of the templates by their names.
    ///   - platformURL: where people reach the platform.
    init(
        sources: [String: String] = TemplateSources.all, layout: String = TemplateSources.layout,
        platformURL: String
    ) throws(TemplateFault) {
        self.platformURL = platformURL
        var templates: [String: Template] = [:]
        for name in TemplateNames.all {
            guard let source = sources[name] else { throw TemplateFault("\(name) is missing") }
            do {
                templates[name] = try Self.template(source, name)
            } catch {
                throw TemplateFault("template \(name): \(error)")
            }
        }
        self.templates = templates
        do {
            self.layout = try Template(layout, allowed: Self.common.union(["body"]))
        } catch {
            throw TemplateFault("template layout: \(error)")
        }
        guard self.layout.text.names.contains("body"), self.layout.html.names.contains("body")
        else { throw TemplateFault("template layout: there is no {{body}}") }
    }

    private static func template(_ source: String, _ name: String) throws(TemplateFault) -> Template
    {
        let template = try Template(source, allowed: TemplateNames.values(of: name).union(common))
        guard template.subject != nil else { throw TemplateFault("there is no subject") }
        let isShown = NotificationType(rawValue: name) != nil
        guard (template.title != nil) == isShown, (template.content != nil) == isShown else {
            throw TemplateFault("title and content are for what the app shows")
        }
        return template
    }

    /// What the app shows of a notification.
    func notice(
        _ type: NotificationType, _ values: [String: String]
    ) throws(TemplateFault) -> Notice {
        guard let template = templates[type.rawValue], let title = template.title,
            let content = template.content
        else { throw TemplateFault("\(type.rawValue) is missing") }
        let values = complete(values)
        return Notice(title: try title.fill(values), content: try content.fill(values))
    }

    /// A message; nil when there is no such template.
    func letter(
        _ name: String, _ values: [String: String]
    ) throws(TemplateFault) -> Letter? {
        guard let template = templates[name], let subject = template.subject else { return nil }
        let values = complete(values)
        var text = values
        text["body"] = try template.text.fill(values)
        var html = values
        html["body"] = try template.html.fill(values)
        return Letter(
            subject: try subject.fill(values), text: try layout.text.fill(text),
            html: try layout.html.fill(html))
    }

    private func complete(_ values: [String: String]) -> [String: String] {
        var values = values
        values["platform_url"] = platformURL
        // Only the layout has a body.
        values["body"] = nil
        return values
    }
}
