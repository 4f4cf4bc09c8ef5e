/// Why a command cannot do what it was asked: sentences for the operator, one a line.
struct Complaint: Error, Equatable, CustomStringConvertible {
    let sentences: [String]
    let status: Int32

    init(_ sentence: String, status: Int32 = ExitStatus.failure) {
        self.init([sentence], status: status)
    }

    init(_ sentences: [String], status: Int32 = ExitStatus.failure) {
        self.sentences = sentences
        self.status = status
    }

    var description: String { sentences.joined(separator: "\n") }
}
