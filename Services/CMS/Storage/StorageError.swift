internal import Glibc
internal import HTTP
internal import ServiceKit

/// Why the disk did not do what it was asked.
struct StorageError: Error, CustomStringConvertible {
    let code: Int32
    let action: String

    /// The error that the last system call left.
    init(_ action: String) {
        code = errno
        self.action = action
    }

    var description: String { "\(action): \(String(cString: strerror(code)))" }
}

extension StorageError: ProblemConvertible {
    var problem: Problem {
        switch code {
        case ENOSPC, EDQUOT: ProblemSlug.storageFull.problem()
        default: ProblemSlug.unexpected.problem()
        }
    }
}
