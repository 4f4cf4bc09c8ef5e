internal import CMark

/// Makes HTML of Markdown (CommonMark with GitHub's tables, strikethrough, autolinks and task
/// lists). No HTML of the author's passes through, and no address but those of a few harmless
/// schemes.
enum Markdown {
    /// Raised when the same text comes to other HTML, so that caches notice.
    static let form: Int64 = 1
    /// The most HTML that a text may come to.
    static let mostHTML = 2 << 20

    /// What a text came to.
    struct Output: Sendable {
        let html: String
        /// The address of the first picture.
        let picture: String?
    }

    /// - Parameter home: addresses that begin so are the platform's own.
    /// - Returns: nil when it comes to more than `mostHTML`.
    @concurrent static func render(_ text: String, home: String) async -> Output? {
        renderNow(text, home: home)
    }

    static func renderNow(_ text: String, home: String) -> Output? {
        guard MarkdownBounds.fault(of: text) == nil, let tree = MarkdownTree(text) else {
            return nil
        }
        let picture = tree.removeUnsafeAddresses()
        let anchors = tree.anchors()
        guard let bytes = tree.html(), bytes.count <= mostHTML else { return nil }
        let html = MarkdownFinish(anchors: anchors, home: home).apply(to: bytes)
        return Output(html: html, picture: picture)
    }
}
