import time, random, csv, io
import pytest, django.test
from core.importing.models import *
from core.people.models import *
from core.importing.services import batches
from core.importing.selectors import job_of
from core.work.jobs import run_here
from core.work.models import Job
from tests.cast import NOW
pytestmark=pytest.mark.django_db
def big(n, bad):
    r=random.Random(4)
    out=io.StringIO(); w=csv.writer(out); w.writerow(['Last','First','DOB','Chart','Phone','Email','Insurance','Member ID','City'])
    for i in range(n):
        dob=f'{r.randint(1,12):02}/{r.randint(1,28):02}/{r.randint(1930,2005)}'
        if i%100<bad: dob='1980-13-45'
        w.writerow([f'Fam{i}',f'Giv{i}',dob,'',f'312556{i%10000:04}',f'a{i}@x.example',f'Payer {i%7}',f'M{i}','Chicago'])
    return out.getvalue().encode()
def test_big(cast, capsys):
    with capsys.disabled():
        for round in (1,2):
            t=time.time()
            b=batches.upload(clinic=cast.riverside,content=big(10000,3),file_name='x.csv',by=cast.park,now=NOW)
            j=job_of(b) or batches.name_columns(batch=b,columns=b.columns,version=b.version,by=cast.park,now=NOW)
            j=run_here(j,now=NOW); print(j.words,time.time()-t); b.refresh_from_db(); print(b.counts)
            t=time.time(); j=batches.take_over(batch=b,version=b.version,by=cast.park,now=NOW); j=run_here(j,now=NOW); print(j.words,time.time()-t)
            b.refresh_from_db()
            if round==1: first=b
        assert Patient.history.count()>=9700
        t=time.time(); j=batches.take_back(batch=first,version=first.version,by=cast.park,now=NOW); j=run_here(j,now=NOW); print(j.words,j.result,time.time()-t, Patient.objects.count(), Patient.history.count(), Coverage.objects.count())
