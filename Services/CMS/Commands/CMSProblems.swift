internal import HTTP
internal import ServiceKit

extension ProblemSlug {
    static let moved = ProblemSlug("moved", 301, "It has another address now")
    static let gone = ProblemSlug("gone", 410, "It was removed for good")
    static let documentArchived = ProblemSlug(
        "document-archived", 409, "An archived document must be restored first")
    static let tooManyVersions = ProblemSlug(
        "too-many-versions", 409, "The document has as many versions as one may have")
    static let previewExpired = ProblemSlug(
        "preview-expired", 410, "The link to the preview has ended")
    static let mediaTypeRefused = ProblemSlug(
        "media-type-refused", 415, "Files of this kind are not taken")
    static let mediaTypeMismatch = ProblemSlug(
        "media-type-mismatch", 422, "The file is not what it is said to be")
    static let storageFull = ProblemSlug(
        "storage-full", 507, "There is no room for the file")
    static let rangeNotSatisfiable = ProblemSlug(
        "range-not-satisfiable", 416, "The file has no such part")
}

extension Document.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .exists: ProblemSlug.alreadyTaken.problem()
        case .unknown: ProblemSlug.notFound.problem()
        case .removed: ProblemSlug.gone.problem()
        case .archived: ProblemSlug.documentArchived.problem()
        case .noSuchVersion: .bodyFault("/version", "is no version of this document")
        case .tooManyVersions: ProblemSlug.tooManyVersions.problem()
        case .dueInThePast: .bodyFault("/at", "must be in the future")
        case .dueTooFar: .bodyFault("/at", "must be within five years")
        }
    }
}

extension Media.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .exists: ProblemSlug.alreadyTaken.problem()
        case .unknown: ProblemSlug.notFound.problem()
        }
    }
}
