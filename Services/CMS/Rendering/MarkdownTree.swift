internal import CMark
internal import Glibc
internal import Synchronization

/// A parsed text, as the library keeps it.
final class MarkdownTree {
    private static let options = CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
    private static let extensionNames = [
        "table", "strikethrough", "autolink", "tasklist", "tagfilter",
    ]
    private static let registered: Void = cmark_gfm_core_extensions_ensure_registered()
    /// The library keeps the signs of its extensions (`~`, `:`, `w`) in a table of the process that
    /// it changes while it parses inlines: two at once read each other's
    /// (github/cmark-gfm pull request 176, open).
    private static let oneAtATime = Mutex(())

    private let parser: OpaquePointer
    private let root: OpaquePointer

    /// Nil when the library has no memory for it.
    init?(_ text: String) {
        _ = Self.registered
        guard let parser = cmark_parser_new(Self.options) else { return nil }
        for name in Self.extensionNames {
            guard let found = cmark_find_syntax_extension(name) else {
                preconditionFailure("cmark-gfm has the extension \(name)")
            }
            cmark_parser_attach_syntax_extension(parser, found)
        }
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cmark_parser_feed(parser, $0.baseAddress, $0.count)
            }
        }
        nonisolated(unsafe) var root: OpaquePointer?
        Self.oneAtATime.withLock { _ in root = cmark_parser_finish(parser) }
        guard let root else {
            cmark_parser_free(parser)
            return nil
        }
        self.parser = parser
        self.root = root
    }

    deinit {
        cmark_node_free(root)
        cmark_parser_free(parser)
    }

    /// The HTML in UTF-8.
    func html() -> [UInt8]? {
        let extensions = cmark_parser_get_syntax_extensions(parser)
        guard let text = cmark_render_html(root, Self.options, extensions) else { return nil }
        defer { cmark_get_default_mem_allocator().pointee.free(text) }
        return UnsafeBufferPointer(start: text, count: strlen(text)).map(UInt8.init(bitPattern:))
    }

    /// Turns links and pictures whose addresses are not harmless into their texts.
    ///
    /// - Returns: the address of the first picture that stays.
    func removeUnsafeAddresses() -> String? {
        var unsafe: [OpaquePointer] = []
        var picture: String?
        walk { event, node in
            let type = cmark_node_get_type(node)
            guard event == CMARK_EVENT_ENTER, type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE
            else { return }
            let address = cmark_node_get_url(node).map { String(cString: $0) } ?? ""
            let isPicture = type == CMARK_NODE_IMAGE
            if !WebAddress.isHarmless(address, forPicture: isPicture) {
                unsafe.append(node)
            } else if isPicture, picture == nil, !address.isEmpty {
                picture = address
            }
        }
        for node in unsafe {
            while let child = cmark_node_first_child(node) {
                cmark_node_unlink(child)
                cmark_node_insert_before(node, child)
            }
            cmark_node_unlink(node)
            cmark_node_free(node)
        }
        return picture
    }

    /// A name for each heading, in order, so that it can be linked to.
    func anchors() -> [String] {
        var anchors: [String] = []
        var counts: [String: Int] = [:]
        var text: String?
        walk { event, node in
            switch cmark_node_get_type(node) {
            case CMARK_NODE_HEADING where event == CMARK_EVENT_ENTER: text = ""
            case CMARK_NODE_HEADING:
                anchors.append(Self.anchor(text ?? "", &counts))
                text = nil
            case CMARK_NODE_TEXT, CMARK_NODE_CODE:
                guard text != nil, let literal = cmark_node_get_literal(node) else { return }
                text? += String(cString: literal)
            case CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK:
                text? += " "
            default: break
            }
        }
        return anchors
    }

    private static func anchor(_ text: String, _ counts: inout [String: Int]) -> String {
        var words: [String] = []
        var word = ""
        for character in text.lowercased().prefix(80) {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        let name = words.isEmpty ? "section" : words.joined(separator: "-")
        let count = counts[name, default: 0]
        counts[name] = count + 1
        return count == 0 ? name : "\(name)-\(count + 1)"
    }

    private func walk(_ body: (cmark_event_type, OpaquePointer) -> Void) {
        guard let walk = cmark_iter_new(root) else { return }
        defer { cmark_iter_free(walk) }
        while true {
            let event = cmark_iter_next(walk)
            if event == CMARK_EVENT_DONE { return }
            if let node = cmark_iter_get_node(walk) { body(event, node) }
        }
    }
}
