/// What a file may be, told by its bytes. Nothing that a browser would run is among them.
enum MediaForm: String, Codable, CaseIterable, Sendable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case gif = "image/gif"
    case webp = "image/webp"
    case avif = "image/avif"
    case pdf = "application/pdf"
    case mp4 = "video/mp4"

    /// The kind with a media type by one of its names; nil for kinds that are not taken.
    init?(named type: String) {
        switch type {
        case "image/jpg", "image/pjpeg": self = .jpeg
        case "video/x-m4v": self = .mp4
        default: self.init(rawValue: type)
        }
    }

    /// Whether a file begins as such files must. Some that begin as something else would pass for
    /// one otherwise.
    func fits(_ beginning: [UInt8]) -> Bool {
        self == .pdf ? beginning.starts(with: "%PDF-".utf8) : true
    }

    /// How names of such files end, the usual one first.
    var endings: [String] {
        switch self {
        case .png: ["png"]
        case .jpeg: ["jpg", "jpeg"]
        case .gif: ["gif"]
        case .webp: ["webp"]
        case .avif: ["avif"]
        case .pdf: ["pdf"]
        case .mp4: ["mp4", "m4v"]
        }
    }

    /// Whether browsers show it in place; the rest is offered as a download.
    var isShownInline: Bool { self != .pdf }
}
