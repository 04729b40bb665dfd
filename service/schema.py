"""Gathers every table for Alembic; imported by nothing else."""

from audit.log import metadata as record_metadata
from service.database import Table
from service.disclosures import models as disclosures_models
from service.emergencies import models as emergencies_models
from service.encryption.keys import keystore_metadata
from service.jobs import models as jobs_models
from service.partners import models as partners_models
from service.people import models as people_models
from service.referrals import models as referrals_models
from service.rulebook import models as rulebook_models
from service.sharing import models as sharing_models
from service.situations import models as situations_models

MODULES = (
    jobs_models,
    partners_models,
    rulebook_models,
    people_models,
    sharing_models,
    situations_models,
    referrals_models,
    disclosures_models,
    emergencies_models,
)

MAIN = (Table.metadata, record_metadata)
KEYSTORE = (keystore_metadata,)
