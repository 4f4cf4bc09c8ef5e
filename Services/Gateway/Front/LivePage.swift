internal import Crypto

/// The page that shows the platform as it runs: one document with its style and its script inside,
/// which asks for `/api/v1/platform` and `/api/v1/analytics/pulse` and loads nothing else.
enum LivePage {
    private static let style = PackageResources.live_css
    private static let script = PackageResources.live_js

    /// The policy under which a browser shows the page: this style, this script, questions to the
    /// gateway itself, and no way from text to markup.
    static let contentPolicy =
        "default-src 'none'; style-src '\(source(style))'; script-src '\(source(script))'; "
        + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    /// The whole document.
    static var assembled: [UInt8] {
        replacing(
            "/*script*/", with: script,
            in: replacing(
                "/*style*/", with: style, in: PackageResources.live_html))
    }

    private static func source(_ text: [UInt8]) -> String {
        "sha256-" + Base64.encode(Digest.sha256(text))
    }

    /// Puts a part in the place of its mark, byte for byte, so that its digest is that of the file.
    private static func replacing(
        _ mark: String, with part: [UInt8], in whole: [UInt8]
    ) -> [UInt8] {
        let mark = Array(mark.utf8)
        guard let place = whole.firstRange(of: mark) else {
            preconditionFailure("live.html has no \(String(decoding: mark, as: UTF8.self))")
        }
        return whole[..<place.lowerBound] + part + whole[place.upperBound...]
    }
}
