import strawberry

from schema.accounts.auth_mutations import AuthMutations
from schema.accounts.profile_mutations import ProfileMutations


@strawberry.type
class AccountsMutations(AuthMutations, ProfileMutations):
    pass
